internal import Synchronization

extension OutboxRelay {
  /// Rows on their way to the relay: put in without waiting, since the relay may be waiting for Kafka.
  final class Inbox: Sendable {
    private struct State {
      var rows: [OutboxRow] = []
      var sleeper: CheckedContinuation<Void, Never>?
      /// A call that found nobody asleep: the next who lies down gets up at once.
      var isCalled = false
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.rows.count } }

    func put(_ rows: [OutboxRow]) {
      state.withLock { $0.rows.append(contentsOf: rows) }
      wake()
    }

    func takeAll() -> [OutboxRow] {
      state.withLock { state in
        defer { state.rows = [] }
        return state.rows
      }
    }

    /// Returns when there are rows, or `wake` was called. One may wait at a time.
    func arrival() async {
      await withCheckedContinuation { continuation in
        let mayRest = state.withLock { state in
          let mayRest = state.rows.isEmpty && !state.isCalled
          state.isCalled = false
          if mayRest { state.sleeper = continuation }
          return mayRest
        }
        if !mayRest { continuation.resume() }
      }
    }

    func wake() {
      let sleeper = state.withLock { state in
        defer { state.sleeper = nil }
        state.isCalled = state.sleeper == nil
        return state.sleeper
      }
      sleeper?.resume()
    }
  }
}
