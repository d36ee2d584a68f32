extension Intake {
  /// Where to begin, and what to do about a position that the topic does not have.
  public struct Policy: Sendable, Equatable {
    public enum Start: String, Sendable { case earliest, latest, fail }
    public enum OutOfRange: String, Sendable { case stop, earliest, latest }

    /// For a partition without a position in the ledger and in the group.
    public var start = Start.earliest
    /// For a position that retention has passed, or that a topic made anew does not reach.
    public var outOfRange = OutOfRange.stop

    public init(start: Start = .earliest, outOfRange: OutOfRange = .stop) {
      self.start = start
      self.outOfRange = outOfRange
    }
  }
}
