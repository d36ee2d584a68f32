/// How long to wait before something is tried again: doubling up to a bound, and spread by chance, so
/// that many that failed together do not come back together.
public struct Backoff: Hashable, Sendable {
  /// Before the second attempt.
  public var first: Duration
  /// The wait doubles up to this.
  public var longest: Duration

  public init(first: Duration, longest: Duration) {
    precondition(first > .zero && longest >= first, "waits of \(first)…\(longest)")
    self.first = first
    self.longest = longest
  }

  /// The wait after an attempt that failed: in the upper half of its full length.
  ///
  /// - Parameters:
  ///   - attempt: 1 for the first one.
  ///   - random: in 0..<1.
  public func wait(after attempt: Int, random: Double) -> Duration {
    precondition(attempt > 0 && (0..<1).contains(random), "attempt \(attempt), random \(random)")
    let full = min(first * Double(1 << min(attempt - 1, 40)), longest)
    return full * (0.5 + random / 2)
  }
}

extension Surroundings {
  /// Waits before the next attempt. Returns at once when the task is cancelled.
  func pause(after attempt: Int, _ backoff: Backoff) async {
    try? await wait(backoff.wait(after: attempt, random: chance()))
  }
}
