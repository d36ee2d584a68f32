public import Fetching

/// A fixed number of fetchers, each lent to one fetch at a time.
///
/// The one given back last goes out first: its connections are the warmest.
public actor FetchWorkers {
  private var idle: [Fetcher]
  private var waiting: [CheckedContinuation<Fetcher, Never>] = []

  public init(count: Int) {
    precondition(count > 0, "\(count) workers cannot fetch")
    idle = (0..<count).map { Fetcher(name: "fetch-\($0)") }
  }

  /// Lends a fetcher to `body`; waits until one is idle.
  public nonisolated func use<Value: Sendable>(
    _ body: @Sendable (Fetcher) async -> Value
  ) async -> Value {
    let fetcher = await take()
    let value = await body(fetcher)
    await give(back: fetcher)
    return value
  }

  private func take() async -> Fetcher {
    if let fetcher = idle.popLast() { return fetcher }
    return await withCheckedContinuation { waiting.append($0) }
  }

  private func give(back fetcher: Fetcher) {
    if waiting.isEmpty {
      idle.append(fetcher)
    } else {
      waiting.removeFirst().resume(returning: fetcher)
    }
  }
}
