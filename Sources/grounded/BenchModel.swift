internal import FoundationEssentials
internal import GroundingModel
internal import Tensors

/// `grounded bench model`: the network's speed on a fixed workload.
struct BenchModel: Command {
  static let name = "bench model"
  static let summary = "measures the network on one image and eight sentences"
  static let description = [
    """
    Runs one image with eight sentences of 8, 10, 12, 14, 16, 18, 20 and 24 tokens, and one pair, \
    and its stages, and shows medians in milliseconds and GFLOP/s.
    """,
    """
    Without --weights: the full-size network with seeded weights. For int8, weights that have no \
    calibration are calibrated on the workload's own image.
    """,
  ]
  static let options: [Option] = [
    .value("weights", "FILE", "A checkpoint."),
    .value("precision", "P", "f32, bf16 or int8 (default f32)."),
    .value("threads", "N", "Threads for the arithmetic (default: one for each core)."),
    .value("repetitions", "N", "How often each is run (default 9)."), .json,
  ]
  static let examples = [Example("grounded bench model --json", "For a script:")]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let threads =
      try arguments.integer("threads", in: 1...1_024)
      ?? ProcessInfo.processInfo.activeProcessorCount
    let precision = try arguments.precision
    let weights: any NamedTensorSource
    let configuration: ModelConfiguration
    if let file = arguments.value("weights") {
      let checkpoint = try Checkpoint(path: file)
      (weights, configuration) = (checkpoint, try checkpoint.configuration)
    } else {
      configuration = ModelConfiguration()
      weights = try SeededWeights(configuration, seed: 1)
    }
    var ranges: BackboneRanges?
    if precision == .int8, !BackboneRanges.areKnown(of: weights) {
      let floats = try MedGrounder(weights, configuration, threads: threads)
      ranges = BackboneRanges()
      try ranges?.observe(ModelBenchmark.pixels(configuration), in: floats)
    }
    let network = try MedGrounder(
      weights, configuration, threads: threads, precision: precision, ranges: ranges,
      textBytesMax: 0)
    let benchmark = try ModelBenchmark(
      network, repetitions: arguments.integer("repetitions", in: 1...1_000) ?? 9)
    if arguments.has("json") {
      console.line(benchmark.json)
    } else {
      for timing in benchmark.timings {
        console.line(
          "\(timing.name): median \(Int(timing.median)) ms, best \(Int(timing.best)) ms, "
            + "\(Int(timing.gigaflops)) GFLOP/s")
      }
    }
    return .done
  }
}

extension Arguments {
  /// `--precision`, or 32-bit floats.
  fileprivate var precision: Precision {
    get throws {
      let choices = Precision.allCases.map(\.rawValue)
      return try choice("precision", of: choices).flatMap(Precision.init) ?? .f32
    }
  }
}
