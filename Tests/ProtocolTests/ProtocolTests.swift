import Testing

@Suite struct `The protocol between two daemons, the ledger and Kafka` {
  @Test(arguments: [
    Bounds(3, 1, states: 2_580), Bounds(2, 3, states: 70_318), Bounds(3, 2, states: 297_415),
  ])
  func `doubles nothing, loses nothing, turns no order, never gets stuck`(_ bounds: Bounds) {
    let outcome = Explorer.outcome(of: ProtocolModel(bounds))
    #expect(outcome.violation == nil, "\(outcome)")
    #expect(outcome.states == bounds.states)
  }

  @Test func `meets every step there is`() {
    let outcome = Explorer.outcome(of: ProtocolModel(Bounds(1, 2)))
    // Of what is done in one step, these are the halves.
    let halves: Set<Step.Action> = [.completes, .looksAtLease]
    #expect(outcome.actions == Set(Step.Action.allCases).subtracting(halves))
  }

  @Test(arguments: Need.all)
  func `needs each of its parts, and what it takes for granted`(_ need: Need) {
    let outcome = Explorer.outcome(of: ProtocolModel(need.bounds, without: need.part))
    #expect(outcome.violation == need.violation, "\(outcome)")
    #expect(outcome.trace.count == need.steps, "\(outcome)")
  }

  @Test func `is asked about each of its parts`() {
    #expect(Set(Need.all.map(\.part)) == Set(Omission.allCases))
  }
}
