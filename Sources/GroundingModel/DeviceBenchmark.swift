internal import Boxes
internal import CUDA
internal import JSON
public import Tensors

/// Whether a device computes what the processor does, and how fast, beside what the card could do at best.
public struct DeviceBenchmark: Sendable {
  /// Times of one kind of work, in milliseconds.
  public struct Speed: Sendable {
    public var work: String
    public var reports: Int
    public var median: Double
    public var best: Double
    /// Median of what the device had of it; batches that overlap count each.
    public var device: Double
    /// Needed for the work, without the room that batches have beside it.
    public var operations: Double
    public var bytes: Double
    /// Kinds of steps of its first batch, each alone: how many there are, and milliseconds of all.
    public var steps: [(step: String, count: Int, milliseconds: Double)]

    private static let stepsShown = 40

    func json(_ floors: DeviceFloors) -> JSON {
      let operationsFloor = operations / floors.operationsPerSecond * 1e3
      return [
        "work": .string(work), "median_ms": .number(rounded(median)),
        "best_ms": .number(rounded(best)), "device_ms": .number(rounded(device)),
        "reports_per_second": .number(rounded(Double(reports) / median * 1e3)),
        "gflop": .number(rounded(operations / 1e9)),
        "operations_floor_ms": .number(rounded(operationsFloor)),
        "bytes_floor_ms": .number(rounded(bytes / floors.bytesPerSecond * 1e3)),
        "share_of_matrix_rate": .number(rounded(operationsFloor / median)),
        "steps_ms": .number(rounded(steps.reduce(0) { $0 + $1.milliseconds })),
        "steps": .object(
          steps.prefix(Self.stepsShown).map { step in
            .init("\(step.step) (\(step.count))", .number(rounded(step.milliseconds)))
          }),
      ]
    }
  }

  public var factors: FactorKind
  public var floors: DeviceFloors
  public var speeds: [Speed]
  /// Milliseconds from the libraries to the first answer for a report, and of the parts.
  public var start: (all: Double, parts: DeviceGrounder.Start)

  /// Measures a network on a device.
  ///
  /// - grounder: just made.
  /// - begin: when its making began.
  /// - reports: in the batch of many.
  /// - floors: measures them, after the start.
  public init(
    _ grounder: DeviceGrounder, since begin: ContinuousClock.Instant, repetitions: Int,
    reports: Int = 32, floors: () throws -> DeviceFloors
  ) throws {
    factors = grounder.factors
    let configuration = grounder.configuration
    let workload = Workload(configuration)
    let clock = ContinuousClock()
    try grounder.prepare(of: [workload.report])
    start = ((clock.now - begin) / .milliseconds(1), grounder.start)
    self.floors = try floors()
    try grounder.enter()
    let report = ModelOperations(configuration, sentences: ModelBenchmark.sentences).total
    let pair = ModelOperations(configuration, sentences: [ModelBenchmark.pairTokens]).total
    let works: [(String, [GroundingRequest], Double)] = [
      ("pair", [workload.pair], pair), ("report of 8", [workload.report], report),
      (
        "\(reports) reports of 8",
        [GroundingRequest](repeating: workload.report, count: reports), Double(reports) * report
      ),
    ]
    var speeds: [Speed] = []
    for (name, requests, operations) in works {
      _ = try grounder.ground(requests)
      var (times, deviceTimes): ([Double], [Double]) = ([], [])
      for _ in 0..<max(1, repetitions) {
        let begin = clock.now
        _ = try grounder.ground(requests)
        times.append((clock.now - begin) / .milliseconds(1))
        deviceTimes.append(grounder.deviceMilliseconds)
      }
      times.sort()
      deviceTimes.sort()
      speeds.append(
        Speed(
          work: name, reports: requests.count, median: times[times.count / 2], best: times[0],
          device: deviceTimes[times.count / 2], operations: operations,
          bytes: try grounder.productBytes(of: requests),
          steps: try grounder.stepTimes(of: requests, repetitions: min(20, 2 * repetitions))))
    }
    self.speeds = speeds
  }

  /// `{"factors", "matrix_tflops", "bandwidth_gbps", "start_ms", "speed": […]}`
  var json: JSON {
    [
      "factors": .string("\(factors)"),
      "matrix_tflops": .number(rounded(floors.operationsPerSecond / 1e12)),
      "bandwidth_gbps": .number(rounded(floors.bytesPerSecond / 1e9)),
      "start_ms": .number(rounded(start.all)),
      "start": [
        "device": .number(rounded(start.parts.device)),
        "kernels": .number(rounded(start.parts.kernels)),
        "weights": .number(rounded(start.parts.weights)),
        "plans": .number(rounded(start.parts.plans)),
      ],
      "speed": .array(speeds.map { $0.json(floors) }),
    ]
  }
}

private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
