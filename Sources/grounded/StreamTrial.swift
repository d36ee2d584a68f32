internal import Glibc
internal import GroundingModel
internal import GroundingService
internal import Seeds

/// Sends a stream of reports through the daemon's batcher and the network.
struct StreamTrial {
  let work: StreamWork
  let worker: ModelWorker

  /// What a report waited for its boxes, in milliseconds.
  struct Latency: Hashable {
    let median, late: Double

    /// - Parameter times: in seconds, at least one.
    init(_ times: [Double]) {
      let sorted = times.sorted()
      func at(_ share: Double) -> Double { sorted[Int(share * Double(sorted.count - 1))] * 1_000 }
      (median, late) = (at(0.5), at(0.99))
    }
  }

  /// Reports a second while so many always wait.
  func throughput(waiting: Int) async throws -> Double {
    let begin = ContinuousClock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in work.reports.indices {
        if number >= waiting { try await group.next() }
        group.addTask { _ = try await worker.outputs(for: [work.request(number)]) }
      }
      try await group.waitForAll()
    }
    return Double(work.reports.count) / seconds(since: begin)
  }

  /// Reports that come at random (Poisson), so many a second.
  func latency(rate: Double) async throws -> Latency {
    var random = SeededNumbers(seed: 1)
    var arrival = ContinuousClock.now
    var times: [Double] = []
    try await withThrowingTaskGroup(of: Double.self) { group in
      for number in work.reports.indices {
        arrival += .seconds(-log(Double(max(random.uniform(0, 1), 1e-6))) / rate)
        group.addTask { [arrival] in
          try await Task.sleep(until: arrival)
          _ = try await worker.outputs(for: [work.request(number)])
          return seconds(since: arrival)
        }
      }
      for try await time in group { times.append(time) }
    }
    return Latency(times)
  }
}

private func seconds(since begin: ContinuousClock.Instant) -> Double {
  (ContinuousClock.now - begin) / .seconds(1)
}
