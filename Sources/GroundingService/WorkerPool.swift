public import Fetching

/// A fixed number of workers, each lent to one piece of work at a time.
///
/// The one given back last goes out first: what it keeps, such as connections, is the warmest.
public actor WorkerPool<Worker: Sendable> {
  private var idle: [Worker]
  private var waiting: [CheckedContinuation<Worker, Never>] = []

  /// - workers: one at least.
  public init(_ workers: [Worker]) {
    precondition(!workers.isEmpty, "nobody to do the work")
    idle = workers
  }

  /// Lends a worker to `body`; waits until one is idle.
  public nonisolated func use<Value: Sendable>(
    _ body: @Sendable (Worker) async -> Value
  ) async -> Value {
    let worker = await take()
    let value = await body(worker)
    await give(back: worker)
    return value
  }

  private func take() async -> Worker {
    if let worker = idle.popLast() { return worker }
    return await withCheckedContinuation { waiting.append($0) }
  }

  private func give(back worker: Worker) {
    if waiting.isEmpty {
      idle.append(worker)
    } else {
      waiting.removeFirst().resume(returning: worker)
    }
  }
}

/// Fetchers that keep their connections.
public typealias FetchWorkers = WorkerPool<Fetcher>

extension WorkerPool where Worker == Fetcher {
  /// - count: of fetchers.
  public init(count: Int) { self.init((0..<count).map { Fetcher(name: "fetch-\($0)") }) }
}
