internal import Foundation

/// The daemons of a run, and those that join them for a while.
actor Crew {
  private let words: [String]
  private let folder: String
  private(set) var members: [Member] = []
  private var watches: [Task<Void, Never>] = []

  /// - Parameters:
  ///   - words: the command line of a daemon.
  ///   - folder: takes what they say, a file each.
  init(_ words: [String], folder: String) {
    self.words = words
    self.folder = folder
  }

  /// Starts one more.
  func add(faults: [String: String] = [:], ownFaultLasts: Duration = .zero) -> Member {
    let ours = ProcessInfo.processInfo.environment
    let kept = ["PATH", "HOME", "LD_LIBRARY_PATH"]
    // What a daemon leaves when it is killed goes with the run.
    let environment = ours.filter { kept.contains($0.key) }.merging(["TMPDIR": folder]) { $1 }
    let member = Member(
      words, environment: environment, faults: faults,
      ownFaultLasts: ownFaultLasts, log: "\(folder)/daemon-\(members.count).log")
    members.append(member)
    watches.append(Task { await member.run() })
    return member
  }

  /// Starts the daemons of a plan, each with the faults that are given at its start.
  func start(_ plan: Plan) -> [Member] {
    (0..<plan.daemons).map { number in
      var faults: [String: String] = [:]
      var lasting = Duration.zero
      for timed in plan.faults {
        switch timed.fault {
        case .diesAt(number, let step, let count):
          faults["GROUNDED_TEST_FAULT"] = "kill:\(step):\(count)"
        case .freezesAt(number, let step, let count, let time):
          faults["GROUNDED_TEST_FAULT"] = "stop:\(step):\(count)"
          lasting = time
        case .clock(number, let seconds, let after):
          faults["GROUNDED_TEST_CLOCK"] = "\(seconds)@\(after / .seconds(1))"
        default: break
        }
      }
      return add(faults: faults, ownFaultLasts: lasting)
    }
  }

  /// Those of the plan's faults given at a start that came true.
  func struck(of plan: Plan) async -> [TimedFault] {
    var struck: [TimedFault] = []
    for timed in plan.faults {
      switch timed.fault {
      case .diesAt(let number, _, _), .freezesAt(let number, _, _, _):
        if await members[number].ownFaultStruck { struck.append(timed) }
      case .clock: struck.append(timed)
      default: break
      }
    }
    return struck
  }

  /// Waits until those that are stopped go on, at most that long.
  func waitForFrozen(atMost time: Duration) async {
    let deadline = ContinuousClock.now + time
    for member in members {
      while await member.isFrozen, ContinuousClock.now < deadline {
        try? await Task.sleep(for: .milliseconds(50))  // never cancelled
      }
    }
  }

  /// Stops all.
  /// - Returns: what they did that they should not have done.
  func end(within time: Duration) async -> [String] {
    await withTaskGroup(of: Void.self) { group in
      for member in members { group.addTask { _ = await member.end(within: time) } }
    }
    for watch in watches { await watch.value }
    var misdeeds: [String] = []
    for (number, member) in members.enumerated() {
      misdeeds += await member.misdeeds.map { "daemon \(number) \($0)" }
    }
    return misdeeds
  }
}
