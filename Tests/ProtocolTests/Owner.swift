/// What one daemon knows of the partition, and what its Kafka client holds of it.
///
/// A daemon that is down, or that gave the partition up, is `Owner()`: its memory and its client's queue are
/// gone. One that was frozen, or that has not heard of its successor, is not told apart from a slow one: it
/// goes on from what it knows.
struct Owner: Hashable {
  /// The epoch of its tenure; 0 for who has none.
  var epoch: UInt8 = 0
  var phase = Phase.down
  /// The next source offset it commits.
  var position: UInt8 = 0
  var commit = Commit.none
  /// It confirmed its epoch lately enough to hand rows to its client.
  var isLeased = false
  /// It has looked at its lease, and is about to hand a row over: one step, unless that is left out.
  var isAboutTo = false
  /// From where it reads the outbound topic for what an earlier owner left, until that is done.
  var since = Owner.asNoted
  /// Where the outbound topic ended when it opened an empty outbox.
  var ends: UInt8 = 0

  // Every row of its stream is in one of these.
  var waiting = Rows.none
  /// In its client's queue.
  var queued = Rows.none
  /// Written to the network, and not yet answered.
  var sent = Rows.none
  /// Answered with an error that says it was not written.
  var refused = Rows.none
  /// Nobody knows whether it was written.
  var unknown = Rows.none
  var delivered = Rows.none
  /// Delivered, and in the transaction that forgets it.
  var leaving = Rows.none
  var forgotten = Rows.none

  /// Before this outbound offset stands nothing that is still in its stream.
  var reached: UInt8 = 0
  /// `reached`, as the transaction under way has it.
  var leavingReached: UInt8 = 0

  /// No offset: the topic is read from the ledger's progress.
  static let asNoted = UInt8.max

  /// From being given the partition to reading it.
  enum Phase: UInt8 {
    case down, tookOver, readProgress, readRows, empty, readEnds, comparedEpoch, open
  }

  enum Commit: UInt8 {
    /// `half`: of what should be one transaction only the first part is done.
    case none, half, unheard
  }

  var underWay: Rows { queued + sent }

  /// Rows of its stream that are not delivered.
  var undelivered: Rows { waiting + queued + sent + refused + unknown }
}
