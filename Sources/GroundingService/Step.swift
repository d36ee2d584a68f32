/// A place on the way of a report at which a process may die: between two of them nothing is written
/// anywhere that outlives it.
public enum Step: String, Sendable, CaseIterable {
  /// The epoch of a partition is raised; nothing is read of it yet.
  case tookOver
  /// A partition is open; nothing was read of it yet.
  case opened
  /// Messages came from Kafka.
  case polled
  /// Known of a message: ground or reject.
  case decided
  /// An image is fetched and decoded.
  case fetched
  /// What the ledger and the topic will hold of a message is ready.
  case grounded
  /// A transaction is about to begin.
  case beforeTransaction
  /// Positions, results and outbox rows are written; the transaction is still open.
  case beforeCommit
  /// The transaction is through; nobody was told.
  case committed
  /// librdkafka has an outbox row.
  case handedOver
  /// Kafka has answered for a row; the ledger does not know.
  case delivered
  /// The ledger has taken rows out of the outbox.
  case acknowledged
  /// The outbound topics were read, and what is out is known.
  case recovered
  /// Partitions are given up; the group does not know yet.
  case released
}
