internal import GroundingModel
internal import GroundingService
internal import Synchronization
internal import Tensors

/// Where a stream of reports is measured: a network behind the daemon's batcher.
struct StreamPlace {
  /// That run together at most.
  let imagesMax: Int
  /// Counts batches that the network was not ready for; nil where it always is.
  let surprises: Counter?
  /// With the batcher's bound.
  let worker: (Duration) async throws -> ModelWorker

  /// What came of a measurement.
  struct Measured<Value> {
    let value: Value
    /// Batches that the network had to be made ready for meanwhile.
    let surprises: Int
  }

  /// A processor, with a new network for each trial: none of its sentences came before.
  static func cpu(
    _ weights: any NamedTensorSource, _ configuration: ModelConfiguration, threads: Int,
    precision: Precision, batch: Int
  ) -> StreamPlace {
    StreamPlace(imagesMax: batch, surprises: nil) { wait in
      let network = try MedGrounder(
        weights, configuration, threads: threads, precision: precision)
      return ModelWorker(imagesMax: batch, wait: wait, metrics: ServiceMetrics()) {
        try network.ground($0)
      }
    }
  }

  /// A GPU, with one network for all trials: it is made ready for batches of a size when the first comes.
  static func device(
    ordinal: Int, folder: String?, environment: [String: String],
    _ weights: any NamedTensorSource, _ configuration: ModelConfiguration, _ factors: FactorKind,
    batch: Int
  ) throws -> StreamPlace {
    let network = try DeviceMaker(
      ordinal: ordinal, folder: folder, imagesMax: batch, environment: environment
    ).grounder(weights, configuration, factors)
    let imagesMax = batch * network.batchesAtOnce
    let surprises = Counter()
    let worker = ModelWorker(imagesMax: imagesMax, wait: .zero, metrics: ServiceMetrics()) {
      requests in
      let before = network.newSizes
      defer { if network.newSizes != before { surprises.add() } }
      return try network.ground(requests)
    }
    return StreamPlace(imagesMax: imagesMax, surprises: surprises) { wait in
      await worker.wait(atMost: wait)
      return worker
    }
  }

  /// Reports a second while twice as many wait as run together.
  func throughput(_ work: StreamWork) async throws -> Measured<Double> {
    try await settled {
      try await StreamTrial(work: work, worker: worker(.zero)).throughput(waiting: 2 * imagesMax)
    }
  }

  /// Of reports that come at random, so many a second.
  ///
  /// - wait: the batcher's bound.
  func latency(
    _ work: StreamWork, wait: Duration, rate: Double
  ) async throws -> Measured<StreamTrial.Latency> {
    try await settled {
      try await StreamTrial(work: work, worker: worker(wait)).latency(rate: rate)
    }
  }

  /// Tries at most, until the network is ready for all that comes.
  private static let triesMax = 5

  private func settled<Value>(
    _ measure: () async throws -> Value
  ) async throws -> Measured<Value> {
    var last: Measured<Value>
    var tries = 0
    repeat {
      let before = surprises?.count ?? 0
      let value = try await measure()
      last = Measured(value: value, surprises: (surprises?.count ?? 0) - before)
      tries += 1
    } while last.surprises > 0 && tries < Self.triesMax
    return last
  }

  final class Counter: Sendable {
    private let state = Mutex(0)

    var count: Int { state.withLock { $0 } }

    func add() { state.withLock { $0 += 1 } }
  }
}
