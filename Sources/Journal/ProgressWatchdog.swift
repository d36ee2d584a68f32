/// Decides whether the service manager may hear that all is well, and when to give up: work that waits
/// has to move, the consumer has to go round, and the daemon's tasks have to answer. A timer alone would
/// keep a daemon alive that hangs.
///
/// A retry against a database or broker that is down is progress too and is counted by the caller:
/// a restart would not help there.
public struct ProgressWatchdog: Sendable {
  /// What can stand still.
  public enum Part: String, Hashable, Sendable, CaseIterable {
    /// Reports and outbox rows that are under way.
    case work
    /// The loop that reads the inbound topic.
    case consumer
    /// What says how much work waits.
    case tasks
  }

  /// What the daemon has done since its start; counts never shrink.
  public struct Signs: Hashable, Sendable {
    /// Steps of work.
    public var steps: UInt64
    /// How much work waits or is under way.
    public var waiting: Int
    /// Turns of the consumer's loop.
    public var turns: UInt64
    /// Answers of the daemon's tasks.
    public var answers: UInt64
    /// Work waits for somebody else's server, however long that takes.
    public var isExcused: Bool

    public init(
      steps: UInt64, waiting: Int, turns: UInt64, answers: UInt64, isExcused: Bool = false
    ) {
      self.steps = steps
      self.waiting = waiting
      self.turns = turns
      self.answers = answers
      self.isExcused = isExcused
    }
  }

  /// What to do now.
  public enum Decision: Hashable, Sendable {
    /// Tell the service manager that all is well.
    case ping
    /// Say nothing; so long has nothing moved although it should.
    case silence(for: Duration)
    /// End the process, since nothing will move any more.
    case stuck(Part, for: Duration)
  }

  private let stuckAfter: Duration
  private var counts: [Part: UInt64] = [:]
  private var moved: [Part: ContinuousClock.Instant] = [:]

  /// Starting counts as progress.
  ///
  /// - Parameter stuckAfter: so long something may stand still.
  public init(startedAt: ContinuousClock.Instant, stuckAfter: Duration) {
    self.stuckAfter = stuckAfter
    for part in Part.allCases { moved[part] = startedAt }
  }

  /// How often to ask, when the service manager wants to hear something every `interval`.
  public static func period(for interval: Duration) -> Duration { interval / 4 }

  /// The loops need no longer than this for one turn, unless something holds them up.
  private var breath: Duration { min(.seconds(10), stuckAfter / 2) }

  public mutating func decide(_ signs: Signs, at now: ContinuousClock.Instant) -> Decision {
    let isWorkFine = signs.waiting == 0 || signs.isExcused
    let ages = [
      (part: Part.work, age: age(.work, signs.steps, isWorkFine, now), free: Duration.zero),
      (.consumer, age(.consumer, signs.turns, false, now), breath),
      (.tasks, age(.tasks, signs.answers, false, now), breath),
    ]
    if let stuck = ages.first(where: { $0.age >= stuckAfter }) {
      return .stuck(stuck.part, for: stuck.age)
    }
    let longest = ages.filter { $0.age > $0.free }.map(\.age).max()
    return longest.map { .silence(for: $0) } ?? .ping
  }

  /// Since when a part has not moved.
  private mutating func age(
    _ part: Part, _ count: UInt64, _ isFine: Bool, _ now: ContinuousClock.Instant
  ) -> Duration {
    if counts[part, default: 0] != count || isFine { moved[part] = now }
    counts[part] = count
    return (moved[part] ?? now).duration(to: now)
  }
}
