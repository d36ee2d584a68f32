/// When to try again what infrastructure refused, and when to stop.
public struct RetryPolicy: Hashable, Sendable {
  public var backoff: Backoff
  /// From the first attempt on; one last attempt is made when it ends.
  public var patience: Duration

  public init(
    firstWait: Duration = .milliseconds(200), waitMax: Duration = .seconds(30),
    patience: Duration = .seconds(300)
  ) {
    backoff = Backoff(first: firstWait, longest: waitMax)
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
  ///   - random: in 0..<1; spreads the waits.
  public func decide(
    after attempt: Int, elapsed: Duration, notBefore: Duration? = nil, random: Double
  ) -> Decision {
    let left = patience - elapsed
    guard left > .zero else { return .giveUp }
    let wait = max(backoff.wait(after: attempt, random: random), notBefore ?? .zero)
    return .wait(min(wait, left))
  }
}
