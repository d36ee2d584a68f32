public import Boxes
public import GroundingModel
internal import Journal
internal import Threads

/// The network on its own thread, filled with as many reports as wait for it.
///
/// While a batch is computed the next one gathers; one that waits alone starts at once, unless
/// `wait` gives others the time to join it.
public actor ModelWorker {
  private let thread = DedicatedThread(name: "model")
  private let network: Network
  private let imagesMax: Int
  private var wait: Duration
  private let metrics: ServiceMetrics
  private var queue: [Job] = []
  private var isRunning = false

  /// Answers some requests in their order, as `MedGrounder.ground` does.
  public typealias Network = ([GroundingRequest]) throws -> [[QueryOutputs]]

  private struct Job {
    let requests: [GroundingRequest]
    let answer: CheckedContinuation<[[QueryOutputs]], any Error>
    /// Set when nobody wants the answer any more.
    let isCancelled: Flag
  }

  /// Its own thread.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe thread.asUnownedSerialExecutor()
  }

  /// - Parameters:
  ///   - imagesMax: that go through the network together.
  ///   - wait: how long a report that finds it idle waits for others.
  public init(
    imagesMax: Int, wait: Duration, metrics: ServiceMetrics, network: sending @escaping Network
  ) {
    self.network = network
    self.imagesMax = imagesMax
    self.wait = wait
    self.metrics = metrics
  }

  /// From now on a report that finds the network idle waits so long for others.
  public func wait(atMost wait: Duration) { self.wait = wait }

  /// One answer an image, in it one for each of its sentences.
  ///
  /// - Throws: what the network did; `CancellationError` for what was cancelled before its turn.
  public func outputs(for requests: [GroundingRequest]) async throws -> [[QueryOutputs]] {
    let isCancelled = Flag()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { answer in
        queue.append(Job(requests: requests, answer: answer, isCancelled: isCancelled))
        metrics.modelQueue(queue.count)
        if !isRunning {
          isRunning = true
          Task { await work() }
        }
      }
    } onCancel: {
      isCancelled.set()
    }
  }

  private func work() async {
    if wait > .zero && queue.count < imagesMax {
      try? await Task.sleep(for: wait)  // never cancelled: nobody holds the task
    }
    while !queue.isEmpty {
      let jobs = takeBatch()
      if !jobs.isEmpty { run(jobs) }
      await Task.yield()  // those who came meanwhile enter the queue
    }
    isRunning = false
  }

  private func takeBatch() -> [Job] {
    var wanted: [Job] = []
    for job in queue {
      if job.isCancelled.isSet {
        job.answer.resume(throwing: CancellationError())
      } else {
        wanted.append(job)
      }
    }
    queue = wanted
    var images = 0
    var count = 0
    for job in queue {
      images += job.requests.count
      if count > 0 && images > imagesMax { break }
      count += 1
    }
    defer { queue.removeFirst(count) }
    return Array(queue[..<count])
  }

  private func run(_ jobs: [Job]) {
    let begin = ContinuousClock.now
    let requests = jobs.flatMap(\.requests)
    do {
      var outputs = try network(requests)[...]
      metrics.modelRan(
        images: requests.count, sentences: requests.reduce(0) { $0 + $1.sentences.count },
        in: ContinuousClock.now - begin)
      for job in jobs {
        job.answer.resume(returning: Array(outputs.prefix(job.requests.count)))
        outputs = outputs.dropFirst(job.requests.count)
      }
    } catch {
      if let error = error as? ModelError, error.isLossOfDevice {
        for job in jobs { job.answer.resume(throwing: error) }  // alone, each would fail the same
        return
      }
      guard jobs.count > 1 else { return jobs[0].answer.resume(throwing: error) }
      for job in jobs { run([job]) }  // only those whose fault it is may fail
    }
  }
}
