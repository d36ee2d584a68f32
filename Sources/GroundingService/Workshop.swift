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
  /// Nil when nothing is to be published.
  let outbound: OutboundTopics?
  let reportLimits: ReportLimits
  let surroundings: Surroundings
  let metrics: ServiceMetrics

  /// Nil when the work was interrupted and nothing is to be noted.
  func entry(for message: KafkaMessage, under tenure: Tenure) async -> LedgerEntry? {
    let begin = ContinuousClock.now
    let verdict = Verdict(for: message, limits: reportLimits)
    metrics.observe(.decide, ContinuousClock.now - begin)
    switch verdict {
    case .reject(let rejection): return rejected(message, tenure, because: rejection)
    case .ground(let report):
      do throws(GroundingFailure) {
        return grounded(message, tenure, report, try await grounder.ground(report))
      } catch {
        switch error {
        case .rejected(let rejection):
          return rejected(message, tenure, because: rejection, reportID: report.reportID)
        case .interrupted: return nil
        }
      }
    }
  }

  private func grounded(
    _ message: KafkaMessage, _ tenure: Tenure, _ report: ReportEvent, _ result: GroundingResult
  ) -> LedgerEntry {
    let grounded = GroundedReport(
      of: report, campaign: campaign, grounder: grounder.identity, images: result.images,
      sentences: result.sentences, groundedAt: surroundings.now())
    let record = GroundingRecord(
      grounded, of: report, grounderRow: grounderRow, scores: result.scores,
      scoreTerms: result.scoreTerms)
    return entry(
      of: message, tenure, .grounded(record), id: grounded.groundingID, to: outbound?.grounded,
      grounded.encoded())
  }

  private func rejected(
    _ message: KafkaMessage, _ tenure: Tenure, because rejection: Rejection,
    reportID: String? = nil
  ) -> LedgerEntry {
    metrics.rejected(rejection.code)
    let rejected = RejectedReport(
      message: RawMessage(message), rejection: rejection, campaign: campaign,
      rejectedAt: surroundings.now())
    return entry(
      of: message, tenure, .rejected(RejectionRecord(rejected, reportID: reportID)),
      id: rejected.rejectionID, to: outbound?.rejected,
      rejected.encoded(valueBytesMax: reportLimits.messageBytesMax))
  }

  private func entry(
    of message: KafkaMessage, _ tenure: Tenure, _ outcome: LedgerEntry.Outcome, id: UUID,
    to topic: String?, _ encoded: @autoclosure () -> EncodedMessage
  ) -> LedgerEntry {
    let row = topic.map { topic in
      OutboxRow(
        source: message.partition, offset: message.offset, messageID: id, topic: topic,
        message: encoded())
    }
    return LedgerEntry(
      outcome, at: message.offset, row: tenure.row, outbox: row, timestamp: message.timestamp)
  }
}

/// Where results go.
struct OutboundTopics: Sendable {
  let grounded: String
  let rejected: String

  var all: [String] { [grounded, rejected] }
}
