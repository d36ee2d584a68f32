/// Decides whether the service manager may hear that all is well: only after progress, or when
/// there is nothing to do. A timer alone would keep a daemon alive that hangs.
///
/// A retry against a database or broker that is down is progress too and is counted by the caller:
/// a restart would not help there.
public struct ProgressWatchdog: Sendable {
  /// What to do now.
  public enum Decision: Hashable, Sendable {
    /// Tell the service manager that all is well.
    case ping
    /// Say nothing; so long has nothing moved although work waits.
    case silence(for: Duration)
  }

  private var steps: UInt64 = 0
  private var lastProgress: ContinuousClock.Instant

  /// Starting counts as progress.
  public init(startedAt: ContinuousClock.Instant) { lastProgress = startedAt }

  /// How often to ask, when the service manager wants to hear something every `interval`.
  public static func period(for interval: Duration) -> Duration { interval / 4 }

  /// - Parameters:
  ///   - steps: how many steps of work have been done since the start; it never shrinks.
  ///   - waiting: how much work waits or is under way.
  public mutating func decide(
    steps: UInt64, waiting: Int, at now: ContinuousClock.Instant
  ) -> Decision {
    if steps != self.steps || waiting == 0 {
      self.steps = steps
      lastProgress = now
      return .ping
    }
    return .silence(for: lastProgress.duration(to: now))
  }
}
