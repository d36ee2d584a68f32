internal import FoundationEssentials
internal import Journal
internal import KafkaClient
internal import Reports

/// Makes of one message what the ledger and the outbound topics will hold of it.
struct Workshop: Sendable {
  let grounder: any ReportGrounder
  /// The row of the grounder in the ledger.
  let grounderRow: Int32
  let campaign: String
  let groundedTopic: String
  let rejectedTopic: String
  let reportLimits: ReportLimits
  let surroundings: Surroundings
  let metrics: ServiceMetrics

  /// Nil when the work was interrupted and nothing is to be noted.
  func entry(for message: KafkaMessage) async -> LedgerEntry? {
    let begin = ContinuousClock.now
    let verdict = Verdict(for: message, limits: reportLimits)
    metrics.observe(.decide, ContinuousClock.now - begin)
    switch verdict {
    case .reject(let rejection): return rejected(message, because: rejection, report: nil)
    case .ground(let report):
      do throws(GroundingFailure) {
        return grounded(message, report, try await grounder.ground(report))
      } catch {
        switch error {
        case .rejected(let rejection): return rejected(message, because: rejection, report: report)
        case .interrupted: return nil
        }
      }
    }
  }

  private func grounded(
    _ message: KafkaMessage, _ report: ReportEvent, _ result: GroundingResult
  ) -> LedgerEntry {
    let source = SourcePosition(message)
    let id = groundingID(source: source, campaign: campaign, grounder: grounder.identity)
    let grounded = GroundedReport(
      groundingID: id, report: report, campaign: campaign, grounder: grounder.identity,
      source: source, groundedAt: surroundings.now(), images: result.images,
      sentences: result.sentences)
    let encoded = grounded.encoded()
    let record = GroundingRecord(
      grounded, report: report, grounderRow: grounderRow, scores: result.scores)
    return LedgerEntry(
      source: message.partition, offset: message.offset, outcome: .grounded(record),
      outbox: OutboxRow(
        source: message.partition, offset: message.offset, messageID: id, topic: groundedTopic,
        key: Array(report.reportID.utf8), headers: encoded.headers, payload: encoded.value))
  }

  private func rejected(
    _ message: KafkaMessage, because rejection: Rejection, report: ReportEvent?
  ) -> LedgerEntry {
    let source = SourcePosition(message)
    metrics.rejected(rejection.code)
    let rejected = RejectedReport(
      rejection: rejection, source: source, campaign: campaign,
      rejectedAt: surroundings.now(), original: message.value)
    let encoded = rejected.encoded()
    let record = RejectionRecord(rejected, reportID: report?.reportID)
    return LedgerEntry(
      source: message.partition, offset: message.offset, outcome: .rejected(record),
      outbox: OutboxRow(
        source: message.partition, offset: message.offset, messageID: rejected.id,
        topic: rejectedTopic, key: message.key, headers: encoded.headers, payload: encoded.value))
  }
}

extension SourcePosition {
  init(_ message: KafkaMessage) {
    self.init(
      topic: message.partition.topic, partition: message.partition.partition,
      offset: message.offset)
  }
}
