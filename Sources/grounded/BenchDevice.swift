internal import Boxes
internal import CUDA
internal import Evaluation
internal import FoundationEssentials
internal import GroundingModel
internal import Images
internal import Phantoms
internal import Reports
internal import Tensors

/// `grounded bench model --device cuda:N`: the network on a GPU, beside what the card can do at best, and with
/// `--check` beside the processor's answers.
struct BenchDevice {
  private let libraries: CUDALibraries
  private let kernels: KernelCompiler
  private let ordinal: Int
  private let threads: Int
  private let repetitions: Int
  private let console: Console

  /// Opens what is needed.
  ///
  /// - folder: of NVIDIA's libraries; nil looks in the usual places.
  init(
    ordinal: Int, folder: String?, threads: Int, repetitions: Int, on console: Console
  ) throws(CUDAError) {
    let search = LibrarySearch(folder: folder, environment: console.environment)
    libraries = try CUDALibraries(search.opener)
    kernels = try KernelCompiler(
      search.opener, cacheFolder: console.environment["GROUNDED_MODEL_PACKED_FOLDER"])
    self.ordinal = ordinal
    self.threads = threads
    self.repetitions = repetitions
    self.console = console
  }

  /// Measures, and says it as JSON.
  ///
  /// - weights: nil takes seeded ones for the full-size network.
  /// - golden: what another implementation computed from these weights.
  /// - Returns: false when the device computes something else than the processor.
  func run(
    _ weights: Checkpoint?, factors: [FactorKind], checks: Bool, golden: Checkpoint?
  ) throws -> Bool {
    let device = try CUDADevice(libraries, ordinal: ordinal)
    let configuration = try weights?.configuration ?? ModelConfiguration()
    let source: any NamedTensorSource =
      if let weights { weights } else { try SeededWeights(configuration, seed: 1) }
    let floats =
      checks
      ? try MedGrounder(source, configuration, threads: threads, textBytesMax: 0) : nil
    var benchmarks: [DeviceBenchmark] = []
    var parities: [DeviceBenchmark.Parity] = []
    var changes: [(factors: FactorKind, changed: Int, phrases: Int)] = []
    for factors in factors {
      say("measuring in \(factors)")
      let floors = try DeviceFloors(device, kernels, factors: factors)
      let begin = ContinuousClock.now
      let grounder = try grounder(source, configuration, factors)
      let start = (ContinuousClock.now - begin) / .milliseconds(1)
      benchmarks.append(
        try DeviceBenchmark(grounder, floors: floors, start: start, repetitions: repetitions))
      if let golden {
        parities.append(try DeviceBenchmark.parity("golden", grounder, golden: golden))
      }
      guard let floats else { continue }
      say("comparing in \(factors)")
      parities.append(
        try DeviceBenchmark.parity(weights == nil ? "full-size" : "given", grounder, with: floats))
      parities.append(try tiny(factors))
      changes.append(try built(factors))
    }
    console.line(
      DeviceBenchmark.json(
        of: device, versions: libraries.versions, benchmarks, parities, changes: changes))
    return DeviceBenchmark.isPassed(parities, changes)
  }

  private func say(_ what: String) { console.complain("grounded bench model: \(what)") }

  private func grounder(
    _ source: any NamedTensorSource, _ configuration: ModelConfiguration, _ factors: FactorKind
  ) throws -> DeviceGrounder {
    let (libraries, ordinal) = (libraries, ordinal)
    return try DeviceGrounder(source, configuration, factors: factors, kernels: kernels) {
      () throws(CUDAError) in try CUDADevice(libraries, ordinal: ordinal)
    }
  }

  /// A small network.
  private func tiny(_ factors: FactorKind) throws -> DeviceBenchmark.Parity {
    let sizes = ModelConfiguration.trial(like: ModelConfiguration())
    let source = try SeededWeights(sizes, seed: 3)
    let floats = try MedGrounder(source, sizes, threads: threads, textBytesMax: 0)
    return try DeviceBenchmark.parity(
      "tiny", try grounder(source, sizes, factors), with: floats)
  }

  /// Of the built-in network and what the demonstration's reports say of radiographs like its own: for how many
  /// phrases the device finds other regions.
  private func built(
    _ factors: FactorKind
  ) throws -> (factors: FactorKind, changed: Int, phrases: Int) {
    let checkpoint = try BuiltInNetwork.checkpoint()
    let sizes = try checkpoint.configuration
    guard let tokenizer = try Tokenizer(of: checkpoint) else {
      throw ConfigurationError.missing(name: "grounder.tokenizer")
    }
    let floats = try MedGrounder(checkpoint, threads: threads)
    let device = try grounder(checkpoint, sizes, factors)
    var (now, before): ([Phrase], [Phrase]) = ([], [])
    for sample in DemoReports.samples {
      let sentences = ReportText(sample.findings + "\n" + sample.impression).sentences
      let tokens = sentences.map { tokenizer.encode($0.text).ids }
      for seed in 0..<Self.films {
        var sample = sample
        sample.seed = 1_000 + UInt64(seed)
        let input = NetworkInput(
          sample.radiograph, options: PreparationOptions(side: sizes.side))
        let request = GroundingRequest(pixels: input.values, sentences: tokens)
        now += try device.ground([request]).joined().map(phrase)
        before += try floats.ground([request]).joined().map(phrase)
      }
    }
    let changes = RegionChanges(of: now, since: before)
    return (factors, changes.changed, changes.phrases)
  }

  /// Of each of the demonstration's reports.
  private static let films = 12

  private func phrase(_ outputs: QueryOutputs) -> Phrase {
    let boxes = outputs.fusedBoxes(threshold: 0.8, fusionIoU: 0.1)
    return Phrase(
      truth: [], predictions: boxes.map { ScoredBox(box: $0.box, confidence: $0.confidence) })
  }
}
