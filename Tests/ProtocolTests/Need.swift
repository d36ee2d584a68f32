/// What goes wrong without a part of the protocol, in the smallest world that shows it, and in how many steps.
struct Need: Sendable, CustomStringConvertible {
  let part: Omission
  let bounds: Bounds
  let violation: Violation
  let steps: Int

  private init(_ part: Omission, _ bounds: Bounds, _ violation: Violation, steps: Int) {
    self.part = part
    self.bounds = bounds
    self.violation = violation
    self.steps = steps
  }

  var description: String { "\(part)" }

  static let all = [
    Need(.fenceOfCommits, Bounds(1, 2), .outTwice, steps: 17),
    Need(.fenceOfAcknowledgements, Bounds(1, 2), .outTwice, steps: 24),
    Need(.fenceOfOpening, Bounds(1, 2), .outTwice, steps: 16),
    Need(.scan, Bounds(1, 1), .outTwice, steps: 14),
    Need(.prefixOfProgress, Bounds(2, 1), .outTwice, steps: 25),
    Need(.progressBeforeRows, Bounds(1, 2), .outTwice, steps: 20),
    Need(.endsBeforeFence, Bounds(1, 2), .outTwice, steps: 24),
    Need(.oneRowOfAKey, Bounds(3, 1), .outOfOrder, steps: 17),
    Need(.settlingOfClients, Bounds(1, 2), .outTwice, steps: 16),
    Need(.settlingOfNetwork, Bounds(1, 1), .outTwice, steps: 14),
    Need(.lease, Bounds(1, 2), .outTwice, steps: 16),
    Need(.oneStepFromLease, Bounds(1, 2), .outTwice, steps: 19),
    Need(.doubt, Bounds(1, 1), .outTwice, steps: 13),
    Need(.oneTransactionResultsFirst, Bounds(1, 2), .writtenTwice, steps: 9),
    Need(.oneTransactionPositionFirst, Bounds(1, 2), .lost, steps: 6),
    Need(.waitingForAnswers, Bounds(1, 1), .lost, steps: 7),
    Need(.sendingAgain, Bounds(1, 1), .stuck, steps: 8),
    Need(.orderOfTheClient, Bounds(2, 1), .outTwice, steps: 25),
  ]
}
