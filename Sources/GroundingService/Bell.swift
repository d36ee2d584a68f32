internal import Synchronization

/// Wakes one task that has nothing to do. A ring that finds nobody waiting is not lost: the next who
/// waits goes on at once.
final class Bell: Sendable {
  private struct State {
    var sleeper: CheckedContinuation<Void, Never>?
    var hasRung = false
  }

  private let state = Mutex(State())

  func ring() {
    let sleeper = state.withLock { state in
      defer { state.sleeper = nil }
      state.hasRung = state.sleeper == nil
      return state.sleeper
    }
    sleeper?.resume()
  }

  /// Returns when it rings, or has rung since the last time. One may wait at a time.
  func wait() async {
    await withCheckedContinuation { continuation in
      let mayRest = state.withLock { state in
        defer { state.hasRung = false }
        guard !state.hasRung else { return false }
        precondition(state.sleeper == nil, "two wait for one bell")
        state.sleeper = continuation
        return true
      }
      if !mayRest { continuation.resume() }
    }
  }
}
