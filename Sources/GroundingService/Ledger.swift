public import FoundationEssentials
public import KafkaClient
public import Reports

/// One process's hold on one partition, from the day it took it over.
public struct Tenure: Hashable, Sendable {
  public let partition: TopicPartition
  /// The partition's row in the ledger, which all rows of its messages name.
  public let row: Int32
  /// Raised by everyone who takes the partition over; writes under an older one are refused.
  public let epoch: Int64
  /// The first offset that is not in the ledger; nil before the first start.
  public let nextOffset: Int64?

  public init(partition: TopicPartition, row: Int32, epoch: Int64, nextOffset: Int64?) {
    self.partition = partition
    self.row = row
    self.epoch = epoch
    self.nextOffset = nextOffset
  }
}

/// What one transaction writes.
public struct LedgerBatch: Sendable {
  /// A partition's step from one offset to another.
  public struct Advance: Hashable, Sendable {
    public let tenure: Tenure
    /// The position that the ledger has to be at.
    public let from: Int64
    /// The first offset after the batch.
    public let next: Int64

    public init(tenure: Tenure, from: Int64, next: Int64) {
      precondition(0 <= from && from <= next, "\(from) to \(next)")
      self.tenure = tenure
      self.from = from
      self.next = next
    }
  }

  /// At most one of each partition.
  public var advances: [Advance] = []
  /// Of those partitions, between their `from` and `next`.
  public var entries: [LedgerEntry] = []

  public init(advances: [Advance] = [], entries: [LedgerEntry] = []) {
    self.advances = advances
    self.entries = entries
  }
}

/// What became of one message, ready to be written.
public final class LedgerEntry: Sendable {
  public enum Outcome: Sendable {
    case grounded(GroundingRecord)
    case rejected(RejectionRecord)
  }

  public let offset: Int64
  public let rows: LedgerRows
  /// What is to be published of it; nil in a campaign that publishes nothing.
  public let outbox: OutboxRow?
  /// What was found, to be counted once it is in the ledger; nil for a rejection.
  public let findings: Findings?
  /// Milliseconds since 1970 at which the message was written to Kafka, if it says so.
  public let timestamp: Int64?
  /// The message, to be rejected with should the database refuse its grounding; nil for a rejection.
  let message: RawMessage?

  /// - Parameters:
  ///   - row: the row of the message's partition in the ledger: `Tenure.row`.
  ///   - message: what was grounded.
  public init(
    _ outcome: Outcome, at offset: Int64, row: Int32, outbox: OutboxRow?, timestamp: Int64? = nil,
    message: RawMessage? = nil
  ) {
    self.offset = offset
    self.message = message
    rows = LedgerRows(of: outcome, at: offset, outbox: outbox, source: row)
    self.outbox = outbox
    self.timestamp = timestamp
    if case .grounded(let record) = outcome {
      findings = Findings(in: record.report)
    } else {
      findings = nil
    }
  }
}

/// How many sentences came to what, and how many regions they have.
public struct Findings: Hashable, Sendable {
  public var sentences: [SentenceStatus: Int] = [:]
  public var regions = 0

  init() {}

  init(in report: GroundedReport) {
    for sentence in report.sentences {
      sentences[sentence.status, default: 0] += 1
      regions += sentence.regions.count
    }
  }

  static func += (sum: inout Findings, other: Findings) {
    for (status, count) in other.sentences { sum.sentences[status, default: 0] += count }
    sum.regions += other.regions
  }
}

/// A grounded report as the ledger keeps it.
public struct GroundingRecord: Sendable {
  public let report: GroundedReport
  public let event: ReportEvent
  /// Row of the grounder, from `PostgresStore.prepare`.
  public let grounderRow: Int32
  /// `CompactScores` of each sentence; empty where there are none.
  public let scores: [[UInt8]]
  /// Nil when there are no scores.
  public let scoreTerms: ScoreTerms?

  public init(
    _ report: GroundedReport, of event: ReportEvent, grounderRow: Int32, scores: [[UInt8]],
    scoreTerms: ScoreTerms? = nil
  ) {
    precondition(
      scores.count == report.sentences.count,
      "\(scores.count) scores, \(report.sentences.count) sentences")
    self.report = report
    self.event = event
    self.grounderRow = grounderRow
    self.scores = scores
    self.scoreTerms = scoreTerms
  }
}

/// A rejected message as the ledger keeps it.
public struct RejectionRecord: Sendable {
  public let rejected: RejectedReport
  /// Nil when the message did not get far enough to say.
  public let reportID: String?

  /// Longer messages are counted, not kept.
  public static let originalBytesMax = 4 << 20

  public init(_ rejected: RejectedReport, reportID: String?) {
    self.rejected = rejected
    self.reportID = reportID
  }
}

/// A message that is committed and has to be published.
public struct OutboxRow: Hashable, Sendable {
  /// Where the message stood that this one answers.
  public let source: TopicPartition
  public let offset: Int64
  public let messageID: UUID
  public let topic: String
  public let key: [UInt8]?
  public let headers: [KafkaHeader]
  public let payload: [UInt8]?

  public init(
    source: TopicPartition, offset: Int64, messageID: UUID, topic: String, key: [UInt8]?,
    headers: [KafkaHeader], payload: [UInt8]?
  ) {
    self.source = source
    self.offset = offset
    self.messageID = messageID
    self.topic = topic
    self.key = key
    self.headers = headers
    self.payload = payload
  }
}

/// What became of a batch.
public enum CommitOutcome: Hashable, Sendable {
  /// All of it is in the ledger.
  case committed
  /// None of it is: these partitions have another owner, or are at another position.
  case fenced([TopicPartition])
}
