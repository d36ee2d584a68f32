/// The sums of every group.
struct PhraseTally: Sendable {
  var no = GroupTally()
  var single = GroupTally()
  var multi = GroupTally()
  var overall = GroupTally()

  mutating func add(_ outcome: PhraseOutcome) {
    overall.add(outcome)
    switch outcome.group {
    case .no: no.add(outcome)
    case .single: single.add(outcome)
    default: multi.add(outcome)
    }
  }
}
