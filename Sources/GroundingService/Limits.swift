/// The bound of every queue, batch and wait of the daemon.
public struct Limits: Sendable, Equatable {
  /// Reports of one partition between reading and ledger; beyond it the partition is paused.
  public var laneReportsMax = 1_000
  /// Bytes of their messages.
  public var laneBytesMax = 64 << 20
  /// Reports in one transaction.
  public var batchReportsMax = 512
  /// Bytes of their messages; one message may be larger.
  public var batchBytesMax = 32 << 20
  /// Sessions that write to the ledger side by side.
  public var ledgerSessions = 2
  /// Outbox rows that wait for Kafka in memory; beyond it the ledger waits.
  public var relayRowsMax = 4_096
  /// Bytes of those rows.
  public var relayBytesMax = 64 << 20
  /// Rows that librdkafka has in its hands: it sends them even when we no longer may.
  public var relayUnderWayMax = 1_000
  /// How long acknowledged rows gather before one transaction takes them out of the outbox.
  public var acknowledgeEvery = Duration.milliseconds(10)
  /// How long brokers may take to write what they were sent before.
  public var recoverySettle = Duration.seconds(1)
  /// How long an owner may hand rows to librdkafka without asking the ledger whether it is one still.
  public var outboxLease = Duration.seconds(1)
  /// How long after taking over an outbox nothing of an earlier owner can come out any more: its lease,
  /// and as long as librdkafka keeps a row. `Service` computes it.
  public var takeOverSettle = Duration.seconds(7)
  /// Messages that one poll takes at most.
  public var pollMessagesMax = 256
  /// How long a poll may block.
  public var pollWait = Duration.milliseconds(50)
  /// First and longest wait before the database or a broker is tried again.
  public var retryFirst = Duration.milliseconds(100)
  public var retryLongest = Duration.seconds(5)
  /// How long the group may take to tell us that a partition is another's, before we open it again.
  public var reopenAfter = Duration.seconds(3)
  /// How long a partition that is taken away may finish what it published.
  public var releaseWait = Duration.seconds(5)
  /// How long the database may refuse one report, or Kafka one message as too large, before it is
  /// rejected, and its partition goes on.
  public var refusalPatience = Duration.seconds(600)
  /// Reports that wait for a shadow; beyond it more are dropped.
  public var shadowReportsMax = 64
  /// Bytes of their messages.
  public var shadowBytesMax = 16 << 20
  /// How long a stopping daemon finishes what it began.
  public var shutdownGrace = Duration.seconds(25)
  /// Confidence below which a query is not kept in the ledger.
  public var scoreFloor: Float = 0.01

  public init() {}

  /// Between attempts at what the database or a broker refused.
  public var backoff: Backoff { Backoff(first: retryFirst, longest: retryLongest) }
}
