internal import Boxes
public import CUDA
internal import JSON
public import Tensors

/// Whether a device computes what the processor does, and how fast, beside what the card could do at best.
public struct DeviceBenchmark: Sendable {
  /// The farthest that a device's answers are from the processor's in 32-bit floats.
  public struct Parity: Sendable {
    public var network: String
    public var factors: FactorKind
    public var box: Float
    public var logit: Float

    /// In f32; nothing is asked of others but that they find the same regions.
    public static let tolerance: Float = 1e-3

    public var isPassed: Bool {
      guard factors == .f32 else { return box.isFinite && logit.isFinite }
      return box <= Self.tolerance && logit <= Self.tolerance
    }

    var json: JSON {
      [
        "network": .string(network), "factors": .string("\(factors)"), "box": .number(Double(box)),
        "logit": .number(Double(logit)), "passed": .boolean(isPassed),
        "allowed": factors == .f32 ? .number(Double(Self.tolerance)) : .null,
      ]
    }
  }

  /// Times of one kind of work, in milliseconds.
  public struct Speed: Sendable {
    public var work: String
    public var reports: Int
    public var median: Double
    public var best: Double
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
        "best_ms": .number(rounded(best)),
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
  /// From the weights to the first answer, in milliseconds.
  public var start: Double

  /// Measures a network on a device.
  ///
  /// - grounder: just made.
  /// - start: milliseconds that it took to make.
  /// - reports: in the batch of many.
  public init(
    _ grounder: DeviceGrounder, floors: DeviceFloors, start: Double, repetitions: Int,
    reports: Int = 32
  ) throws(ModelError) {
    factors = grounder.factors
    self.floors = floors
    let configuration = grounder.configuration
    let workload = Workload(configuration)
    let clock = ContinuousClock()
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
    var first = 0.0
    for (name, requests, operations) in works {
      let begin = clock.now
      _ = try grounder.ground(requests)
      if speeds.isEmpty { first = (clock.now - begin) / .milliseconds(1) }
      var times: [Double] = []
      for _ in 0..<max(1, repetitions) {
        let begin = clock.now
        _ = try grounder.ground(requests)
        times.append((clock.now - begin) / .milliseconds(1))
      }
      times.sort()
      speeds.append(
        Speed(
          work: name, reports: requests.count, median: times[times.count / 2], best: times[0],
          operations: operations, bytes: try grounder.productBytes(of: requests),
          steps: try grounder.stepTimes(of: requests)))
    }
    self.speeds = speeds
    self.start = start + first
  }

  /// Compares a device's answers with the processor's, on two images with sentences of their own.
  public static func parity(
    _ name: String, _ grounder: DeviceGrounder, with floats: MedGrounder
  ) throws(ModelError) -> Parity {
    let requests = [7, 8].map { Workload(grounder.configuration, seed: $0).report }
    let (answers, expected) = (try grounder.ground(requests), try floats.ground(requests))
    var parity = Parity(network: name, factors: grounder.factors, box: 0, logit: 0)
    for (answer, expected) in zip(answers.joined(), expected.joined()) {
      parity.box = max(parity.box, farthest(answer.boxes, expected.boxes))
      parity.logit = max(parity.logit, farthest(answer.logits, expected.logits))
    }
    return parity
  }

  /// Compares a device's answers with what another implementation computed from the same weights.
  ///
  /// - golden: `pixels` [1, 3, side, side], `ids` and `mask` [sentences, tokens], and of every sentence `box`
  ///   [queries, 4] and `conf` [queries].
  /// - Throws: for a file that lacks one of them; `.badRequest` for sizes that do not fit.
  public static func parity(
    _ name: String, _ grounder: DeviceGrounder, golden: Checkpoint
  ) throws -> Parity {
    let (ids, mask) = (try golden.integers("ids"), try golden.integers("mask"))
    let tokens = golden.facts(of: "ids")?.shape.last ?? 0
    guard tokens > 0, ids.count == mask.count else {
      throw ModelError.badRequest(reason: "ids and mask of different sizes")
    }
    let sentences = stride(from: 0, to: ids.count, by: tokens).map { start in
      (start..<start + tokens).compactMap { mask[$0] == 1 ? Int32(truncatingIfNeeded: ids[$0]) : nil }
    }
    let request = GroundingRequest(
      pixels: try golden.parameter("pixels").values, sentences: sentences)
    let answers = try grounder.ground([request]).joined()
    let (boxes, logits) = (
      try golden.parameter("box").values, try golden.parameter("conf").values
    )
    guard boxes.count == answers.reduce(0, { $0 + $1.boxes.count }), logits.count * 4 == boxes.count
    else { throw ModelError.badRequest(reason: "\(boxes.count) numbers of boxes") }
    return Parity(
      network: name, factors: grounder.factors,
      box: farthest(answers.flatMap { $0.boxes }, boxes),
      logit: farthest(answers.flatMap { $0.logits }, logits))
  }

  private static func farthest(_ values: [Float], _ others: [Float]) -> Float {
    zip(values, others).reduce(0) { farthest, pair in
      let distance = abs(pair.0 - pair.1)
      return distance.isNaN ? .infinity : max(farthest, distance)
    }
  }

  /// `{"factors", "matrix_tflops", "bandwidth_gbps", "start_ms", "speed": […]}`
  var json: JSON {
    [
      "factors": .string("\(factors)"),
      "matrix_tflops": .number(rounded(floors.operationsPerSecond / 1e12)),
      "bandwidth_gbps": .number(rounded(floors.bytesPerSecond / 1e9)),
      "start_ms": .number(rounded(start)),
      "speed": .array(speeds.map { $0.json(floors) }),
    ]
  }

  /// What a person or a script wants to know of a card, as one JSON value.
  ///
  /// - changes: phrases whose regions are others than the processor's, of the built-in network: for each kind of
  ///   factors how many of how many.
  public static func json(
    of device: CUDADevice, versions: String, _ benchmarks: [DeviceBenchmark],
    _ parities: [Parity], changes: [(factors: FactorKind, changed: Int, phrases: Int)]
  ) -> String {
    let regions = changes.map { change in
      let share = Double(change.changed) / Double(max(1, change.phrases))
      return [
        "factors": .string("\(change.factors)"), "changed": .integer(Int64(change.changed)),
        "phrases": .integer(Int64(change.phrases)), "share": .number(share),
        "passed": .boolean(share <= changesAllowed),
      ] as JSON
    }
    let value: JSON = [
      "device": .string(device.name), "architecture": .string(device.architecture),
      "memory_bytes": .integer(Int64(device.memoryBytes)), "versions": .string(versions),
      "passed": .boolean(isPassed(parities, changes)),
      "parity": .array(parities.map { $0.json }), "regions": .array(regions),
      "measured": .array(benchmarks.map { $0.json }),
    ]
    return value.text
  }

  /// The share of phrases whose regions may be others.
  public static let changesAllowed = 0.005

  /// Whether all of it is as it has to be.
  public static func isPassed(
    _ parities: [Parity], _ changes: [(factors: FactorKind, changed: Int, phrases: Int)]
  ) -> Bool {
    parities.allSatisfy { $0.isPassed }
      && changes.allSatisfy {
        Double($0.changed) <= changesAllowed * Double(max(1, $0.phrases))
      }
  }
}

private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
