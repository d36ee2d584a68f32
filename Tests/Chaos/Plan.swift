internal import GroundingService

/// All that a seed decides of a run.
struct Plan: Sendable {
  let seed: UInt64
  let daemons: Int
  let messages: Int
  /// How long the producer takes to send them.
  let traffic: Duration
  /// True when faults and messages come while the daemons are still starting; else once the group has
  /// given the first partition.
  let isEarly: Bool
  /// In the order in which they come; those given at a daemon's start first.
  let faults: [TimedFault]
  /// Settings of the daemons that differ from run to run.
  let settings: [String: String]

  static let partitions: Int32 = 6
  static let brokers: Int32 = 3

  /// - Parameter ownBrokers: false leaves out what only brokers in this process let happen.
  init(seed: UInt64, ownBrokers: Bool) {
    var draw = Draw(seed: seed)
    self.seed = seed
    daemons = draw.number(2...3)
    messages = draw.number(100...260)
    traffic = draw.milliseconds(4_000...6_000)
    isEarly = draw.happens(20)
    settings = [
      "ledger.batch_reports_max": draw.pick(["1", "3", "16", "512"]),
      "queue.reports_max": draw.pick(["5", "20", "1000"]),
    ]
    var faults: [TimedFault] = []
    let count = draw.number(4...7)
    while faults.count < count {
      let fault = Self.fault(&draw, daemons: daemons)
      let at = draw.milliseconds(0...6_000)
      guard ownBrokers || !fault.needsOwnBrokers else { continue }
      guard !fault.isGivenAtStart || !faults.contains(where: { $0.fault.collides(with: fault) })
      else { continue }
      faults.append(TimedFault(at: fault.isGivenAtStart ? .zero : at, fault: fault))
    }
    self.faults = faults.sorted { $0.at < $1.at }
  }

  private static func fault(_ draw: inout Draw, daemons: Int) -> Fault {
    let daemon = draw.number(0...daemons - 1)
    switch draw.number(0...99) {
    case ..<24:
      let step = draw.pick(steps)
      return .diesAt(daemon, step, visit(of: step, &draw))
    case ..<32:
      let step = draw.pick(steps)
      return .freezesAt(
        daemon, step, visit(of: step, &draw), lasting: draw.milliseconds(5_500...8_000))
    case ..<37: return .freeze(daemon, lasting: draw.milliseconds(5_000...8_000))
    case ..<40: return .freeze(daemon, lasting: draw.milliseconds(300...3_000))
    case ..<47: return .kill(daemon, downFor: draw.milliseconds(100...2_000))
    case ..<50: return .leave(daemon, lasting: draw.milliseconds(200...2_000))
    case ..<54: return .join(lasting: draw.milliseconds(1_500...5_000))
    case ..<57:
      return .clock(
        daemon, seconds: draw.pick([-86_400, -3_600, -30, 30, 3_600, 86_400]),
        after: draw.milliseconds(500...6_000))
    case ..<74: return databaseFault(&draw)
    case ..<94: return brokerFault(&draw)
    default:
      return .images(
        draw.pick(ImageShelf.Mood.faults), lasting: draw.milliseconds(500...3_500))
    }
  }

  /// Every step, and those around the commit and the publication more often: between them it matters.
  private static let steps =
    Step.allCases
    + [.committed, .handedOver, .delivered, .acknowledged, .handedOver, .delivered]

  /// At which visit of a step: some are rare.
  private static func visit(of step: Step, _ draw: inout Draw) -> Int {
    switch step {
    case .opened, .recovered, .released: 1
    case .tookOver, .beforeTransaction, .beforeCommit, .committed, .acknowledged:
      draw.pick([1, 1, 2, 3, 6])
    default: draw.pick([1, 2, 5, 9, 20])
    }
  }

  private static func databaseFault(_ draw: inout Draw) -> Fault {
    switch draw.number(0...5) {
    case 0, 1: .databaseCrash(lasting: draw.milliseconds(100...2_500))
    case 2: .databaseRestart
    case 3: .sessionsEnded
    case 4: .diskFull(lasting: draw.milliseconds(300...2_500))
    default:
      .lock(
        table: draw.pick(["position", "grounding", "outbox"]),
        lasting: draw.milliseconds(500...3_500))
    }
  }

  private static func brokerFault(_ draw: inout Draw) -> Fault {
    let broker = Int32(draw.number(1...Int(brokers)))
    switch draw.number(0...9) {
    case 0: return .brokerDown(draw.happens(30) ? nil : broker, lasting: .milliseconds(1_500))
    case 1:
      return .brokerSlow(
        broker, by: draw.pick([.milliseconds(150), .milliseconds(600), .milliseconds(2_600)]),
        lasting: draw.milliseconds(500...3_500))
    case 2: return .coordinatorMoved(broker)
    case 3:
      return .leaderMoved(
        topic: draw.number(0...2), partition: Int32(draw.number(0...Int(partitions) - 1)),
        to: broker)
    case 4...7: return .requestErrors(0, draw.pick(produceErrors))
    default:
      let request = draw.pick(Fault.requests.keys.sorted())
      let code = draw.pick(request == 12 ? [16, 22, 25, 27, -195] : [7, -195])
      return .requestErrors(request, Array(repeating: Int32(code), count: draw.number(1...3)))
    }
  }

  /// Refused before anything is kept; kept, as the producer has to think, and reported as failed; cut
  /// off; refused for good; the producer unusable; a batch too large.
  private static let produceErrors: [[Int32]] = [
    [19, 19], [6, 6, 7], [7], [20], [20, 20, 20], [-195], [-195, -195], [29, 29], [47], [45],
    [10], [10, 10, 10],
  ]
}

extension Fault {
  /// True when both are given to the same daemon at its start, which takes one of a kind.
  fileprivate func collides(with other: Fault) -> Bool {
    switch (self, other) {
    case (.clock(let one, _, _), .clock(let two, _, _)): one == two
    case (.clock, _), (_, .clock): false
    case (.diesAt(let one, _, _), .diesAt(let two, _, _)),
      (.diesAt(let one, _, _), .freezesAt(let two, _, _, _)),
      (.freezesAt(let one, _, _, _), .diesAt(let two, _, _)),
      (.freezesAt(let one, _, _, _), .freezesAt(let two, _, _, _)):
      one == two
    default: false
    }
  }
}
