internal import Synchronization

/// Lets so many requests a second begin, evenly apart.
final class RequestPace: Sendable {
  private let interval: Duration
  private let next = Mutex<ContinuousClock.Instant?>(nil)

  /// - Parameter perSecond: above zero.
  init(perSecond: Double) {
    precondition(perSecond > 0 && perSecond.isFinite, "\(perSecond) requests a second")
    interval = .seconds(1 / perSecond)
  }

  /// Takes the next free place; gives how long to wait for it.
  func reserve(at now: ContinuousClock.Instant) -> Duration {
    next.withLock { next in
      let place = max(next ?? now, now)
      next = place + interval
      return place - now
    }
  }
}
