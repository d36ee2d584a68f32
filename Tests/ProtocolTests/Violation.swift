/// What must not be.
enum Violation: Equatable {
  /// A row stands on the outbound topic twice.
  case outTwice
  /// The ledger was given results of one message twice.
  case writtenTwice
  /// The position passed a message without results, or a row left the outbox and is not out.
  case lost
  /// A row appeared before an earlier one of its key.
  case outOfOrder
  /// No step leads from here to where everything is out.
  case stuck
}
