internal import FoundationEssentials
internal import Journal
internal import KafkaClient
internal import Reports

/// Makes of one message what the ledger and the outbound topics will hold of it.
struct Workshop: Sendable {
  let grounders: GrounderSlot
  /// Who grounds a part of the reports a second time, if anybody does.
  let shadows: ShadowSlot
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
    surroundings.reached(.decided)
    switch verdict {
    case .reject(let rejection):
      metrics.rejected(rejection.code)
      return rejected(RawMessage(message), tenure, because: rejection, timestamp: message.timestamp)
    case .ground(let report): return await entry(for: message, under: tenure, report)
    }
  }

  private func entry(
    for message: KafkaMessage, under tenure: Tenure, _ report: ReportEvent
  ) async -> LedgerEntry? {
    while !Task.isCancelled {
      let maker = grounders.current
      do throws(GroundingFailure) {
        let result = try await maker.grounder.ground(report)
        surroundings.reached(.grounded)
        shadows.current?.offer(report, from: tenure.partition, at: message.offset)
        return grounded(message, tenure, report, result, by: maker)
      } catch {
        switch error {
        case .rejected(let rejection):
          metrics.rejected(rejection.code)
          return rejected(
            RawMessage(message), tenure, because: rejection, reportID: report.reportID,
            timestamp: message.timestamp)
        case .interrupted: return nil
        case .superseded: continue
        }
      }
    }
    return nil
  }

  /// What the ledger is to hold in the place of a grounding that the database refuses for good; nil
  /// when that is a rejection already.
  func unstorable(_ entry: LedgerEntry, under tenure: Tenure, sqlState: String?) -> LedgerEntry? {
    guard let message = entry.message else { return nil }
    let report = try? ReportEvent.decode(message, limits: reportLimits)  // it was one before
    return rejected(
      message, tenure,
      because: Rejection(
        .notStorable, at: .ledger,
        "the database refuses the grounding (\(sqlState ?? "no state")); the log says more"),
      reportID: report?.reportID, timestamp: entry.timestamp)
  }

  private func grounded(
    _ message: KafkaMessage, _ tenure: Tenure, _ report: ReportEvent, _ result: GroundingResult,
    by maker: GrounderSlot.Holder
  ) -> LedgerEntry {
    let grounded = GroundedReport(
      of: report, campaign: campaign, grounder: maker.grounder.identity, images: result.images,
      sentences: result.sentences, groundedAt: surroundings.now())
    let record = GroundingRecord(
      grounded, of: report, grounderRow: maker.row, scores: result.scores,
      scoreTerms: result.scoreTerms)
    return LedgerEntry(
      .grounded(record), at: message.offset, row: tenure.row,
      outbox: row(
        of: tenure, at: message.offset, id: grounded.groundingID, to: outbound?.grounded,
        grounded.encoded()), timestamp: message.timestamp, message: RawMessage(message))
  }

  private func rejected(
    _ message: RawMessage, _ tenure: Tenure, because rejection: Rejection,
    reportID: String? = nil, timestamp: Int64?
  ) -> LedgerEntry {
    let rejected = RejectedReport(
      message: message, rejection: rejection, campaign: campaign,
      rejectedAt: surroundings.now())
    return LedgerEntry(
      .rejected(RejectionRecord(rejected, reportID: reportID)), at: message.offset,
      row: tenure.row,
      outbox: row(
        of: tenure, at: message.offset, id: rejected.rejectionID, to: outbound?.rejected,
        rejected.encoded(valueBytesMax: reportLimits.messageBytesMax)), timestamp: timestamp)
  }

  private func row(
    of tenure: Tenure, at offset: Int64, id: UUID, to topic: String?,
    _ encoded: @autoclosure () -> EncodedMessage
  ) -> OutboxRow? {
    topic.map { topic in
      OutboxRow(
        source: tenure.partition, offset: offset, messageID: id, topic: topic, message: encoded())
    }
  }
}

/// Where results go.
struct OutboundTopics: Sendable {
  let grounded: String
  let rejected: String

  var all: [String] { [grounded, rejected] }
}
