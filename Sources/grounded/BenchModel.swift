internal import CUDA
internal import GroundingModel
internal import Tensors

/// `grounded bench model`: the network's speed on a fixed workload.
struct BenchModel: Command {
  static let name = "bench model"
  static let summary = "measures the network on one image and eight sentences"
  static let description = [
    """
    Runs one image with eight sentences of 8, 10, 12, 14, 16, 18, 20 and 24 tokens, and one pair, \
    and its stages, and shows medians in milliseconds, GFLOP/s, and the share of what this machine \
    reaches on a large product in the same precision. Operations are counted without Winograd, \
    whose convolutions in f32 do with fewer and can be beyond 100 %.
    """,
    """
    Without --weights: the full-size network with seeded weights. For int8, weights that have no \
    calibration are calibrated on the workload's own image.
    """,
    """
    With --device cuda:N: the same on a GPU, as JSON, in f32, bf16 and f16 unless --precision names \
    one: a pair, a report and 32 reports, beside the time that the card needs for as many operations \
    and bytes of plain work. --check compares its answers with the CPU's, for the full-size, a tiny \
    and the built-in network, and with PyTorch's for another tiny one, and ends with status 1 when they \
    differ by more than they may. With GROUNDED_MODEL_PACKED_FOLDER set, kernels and algorithms are kept \
    in that folder, and a second run shows the warm start.
    """,
  ]
  static let options: [Option] = [
    .value("weights", "FILE", "A checkpoint."),
    .value("precision", "P", "f32, bf16, int8 or auto (default f32); f16 on a GPU."),
    .value("device", "D", "cpu, or cuda:N for an NVIDIA GPU (default cpu)."),
    .value("cuda-folder", "FOLDER", "Where NVIDIA's libraries are, as grounder.cuda_folder."),
    .value(
      "golden", "FILE",
      "Compares a GPU's answers with those in a safetensors file: pixels, ids, mask, box, conf."),
    .flag("check", "Compares a GPU's answers with the CPU's and with PyTorch's."),
    .value("threads", "N", "Threads for the arithmetic (default: one for each core)."),
    .value("repetitions", "N", "How often each is run (default 9)."),
    .value("batch", "N", "Images that run together at most on a GPU (default 16)."),
    .flag(
      "fidelity", "Also says how far the features of another image are from those in f32."), .json,
  ]
  static let examples = [Example("grounded bench model --json", "For a script:")]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    if case .gpu(let ordinal) = try arguments.device {
      return try onDevice(ordinal, arguments, console)
    }
    let threads = try arguments.threads
    let weights: any NamedTensorSource
    let configuration: ModelConfiguration
    if let file = arguments.value("weights") {
      let checkpoint = try Checkpoint(path: file)
      (weights, configuration) = (checkpoint, try checkpoint.configuration)
    } else {
      configuration = ModelConfiguration()
      weights = try SeededWeights(configuration, seed: 1)
    }
    let precision = try arguments.precision(for: weights)
    var ranges: BackboneRanges?
    func floats() throws -> MedGrounder {
      try MedGrounder(weights, configuration, threads: threads, textBytesMax: 0)
    }
    if precision == .int8, !BackboneRanges.areKnown(of: weights) {
      ranges = BackboneRanges()
      try ranges?.observe(ModelBenchmark.pixels(configuration), in: floats())
    }
    let network = try MedGrounder(
      weights, configuration, threads: threads, precision: precision, ranges: ranges,
      textBytesMax: 0)
    var benchmark = try ModelBenchmark(
      network, repetitions: arguments.integer("repetitions", in: 1...1_000) ?? 9)
    if arguments.has("fidelity") { try benchmark.compare(network, with: floats()) }
    if arguments.has("json") {
      console.line(benchmark.json)
    } else {
      for timing in benchmark.timings {
        console.line(
          "\(timing.name): median \(Int(timing.median)) ms, best \(Int(timing.best)) ms, "
            + "\(Int(timing.gigaflops)) GFLOP/s, \(Int(timing.share * 100)) % of the peak")
      }
      if let error = benchmark.featuresError {
        console.line("image features: \((error * 1e5).rounded() / 1e3) % away from f32")
      }
    }
    return .done
  }

  private static func onDevice(
    _ ordinal: Int, _ arguments: Arguments, _ console: Console
  ) throws -> ExitStatus {
    let word = try arguments.choice("precision", of: FactorKind.allCases.map { "\($0)" } + ["auto"])
    let bench = try BenchDevice(
      ordinal: ordinal, folder: arguments.value("cuda-folder"), threads: arguments.threads,
      repetitions: arguments.integer("repetitions", in: 1...1_000) ?? 9,
      imagesMax: arguments.integer("batch", in: 1...256) ?? 16, on: console)
    let kinds = FactorKind.allCases.filter { word == nil || word == "\($0)" || word == "auto" }
    let isPassed = try bench.run(
      arguments.value("weights").map { try Checkpoint(path: $0) }, factors: kinds,
      checks: arguments.has("check"),
      golden: arguments.value("golden").map { try Checkpoint(path: $0) })
    return isPassed ? .done : .failed
  }
}
