/// When to try again what infrastructure refused, and when to stop.
public struct RetryPolicy: Hashable, Sendable {
  /// Before the second attempt.
  public var firstWait: Duration
  /// The wait doubles up to this.
  public var waitMax: Duration
  /// From the first attempt on; one last attempt is made when it ends.
  public var patience: Duration

  public init(
    firstWait: Duration = .milliseconds(200), waitMax: Duration = .seconds(30),
    patience: Duration = .seconds(300)
  ) {
    precondition(firstWait > .zero && waitMax >= firstWait, "waits of \(firstWait)…\(waitMax)")
    self.firstWait = firstWait
    self.waitMax = waitMax
    self.patience = patience
  }

  public enum Decision: Hashable, Sendable {
    case wait(Duration)
    case giveUp
  }

  /// What to do after an attempt that failed.
  ///
  /// - Parameters:
  ///   - attempt: 1 for the first one.
  ///   - elapsed: since the first attempt began.
  ///   - notBefore: the wait that the source asked for.
  ///   - random: in 0..<1; spreads the waits over the upper half of their length, so that many
  ///     that failed together do not return together.
  public func decide(
    after attempt: Int, elapsed: Duration, notBefore: Duration? = nil, random: Double
  ) -> Decision {
    precondition(attempt > 0 && (0..<1).contains(random), "attempt \(attempt), random \(random)")
    let left = patience - elapsed
    guard left > .zero else { return .giveUp }
    let doublings = min(attempt - 1, 40)
    let full = min(firstWait * Double(1 << doublings), waitMax)
    let wait = max(full * (0.5 + random / 2), notBefore ?? .zero)
    return .wait(min(wait, left))
  }
}
