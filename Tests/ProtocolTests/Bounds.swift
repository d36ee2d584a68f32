/// How much of the world is looked at, and how many states that has.
struct Bounds: Sendable {
  /// Messages of the source partition; three at most.
  let messages: UInt8
  /// Takeovers in all; three at most.
  let tenures: UInt8
  /// Nil where the search ends before it has seen them all.
  let states: Int?

  init(_ messages: UInt8, _ tenures: UInt8, states: Int? = nil) {
    precondition((1...3).contains(messages) && (1...3).contains(tenures), "\(messages), \(tenures)")
    self.messages = messages
    self.tenures = tenures
    self.states = states
  }
}
