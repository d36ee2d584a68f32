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
  private let maker: DeviceMaker
  private let threads: Int
  private let repetitions: Int
  private let begin = ContinuousClock.now
  private let console: Console

  /// Opens what is needed.
  ///
  /// - folder: of NVIDIA's libraries; nil looks in the usual places.
  /// - imagesMax: that run together at most.
  init(
    ordinal: Int, folder: String?, threads: Int, repetitions: Int, imagesMax: Int,
    on console: Console
  ) throws(CUDAError) {
    maker = try DeviceMaker(
      ordinal: ordinal, folder: folder, imagesMax: imagesMax, environment: console.environment)
    self.threads = threads
    self.repetitions = repetitions
    self.console = console
  }

  /// Measures, and says it as JSON; what fails is said there too, and the rest goes on.
  ///
  /// - weights: nil takes seeded ones for the full-size network.
  /// - golden: what another implementation computed from these weights.
  /// - Returns: false when the device computes something else than the processor, or fails.
  func run(
    _ weights: Checkpoint?, factors: [FactorKind], checks: Bool, golden: Checkpoint?
  ) throws -> Bool {
    let configuration = try weights?.configuration ?? ModelConfiguration()
    let source: any NamedTensorSource =
      if let weights { weights } else { try SeededWeights(configuration, seed: 1) }
    let floats =
      checks
      ? try MedGrounder(source, configuration, threads: threads, textBytesMax: 0) : nil
    var findings = DeviceBenchmark.Findings()
    for factors in factors {
      do {
        say("measuring in \(factors)")
        // The first network's start includes that of the libraries.
        let begin = findings.benchmarks.isEmpty ? begin : ContinuousClock.now
        let grounder = try maker.grounder(source, configuration, factors)
        findings.benchmarks.append(
          try DeviceBenchmark(grounder, since: begin, repetitions: repetitions) {
            try DeviceFloors(maker.device(), maker.kernels, factors: factors)
          })
        if let golden {
          findings.parities.append(
            try DeviceBenchmark.parity("golden", grounder, golden: golden))
        }
        guard let floats else { continue }
        say("comparing in \(factors)")
        findings.parities.append(
          try DeviceBenchmark.parity(
            weights == nil ? "full-size" : "given", grounder, with: floats))
        findings.parities += [try tiny(factors), try goldenTiny(factors)]
        findings.changes.append(try built(factors))
      } catch {
        findings.problems.append("\(factors): \(error)")
      }
    }
    var device: CUDADevice?
    do throws(CUDAError) { device = try maker.device() } catch {
      findings.problems.append("\(error)")
    }
    console.line(findings.json(of: device, versions: maker.libraries.versions))
    return findings.arePassed
  }

  private func say(_ what: String) { console.complain("grounded bench model: \(what)") }

  /// A small network.
  private func tiny(_ factors: FactorKind) throws -> DeviceBenchmark.Parity {
    let sizes = ModelConfiguration.trial(like: ModelConfiguration())
    let source = try SeededWeights(sizes, seed: 3)
    let floats = try MedGrounder(source, sizes, threads: threads, textBytesMax: 0)
    return try DeviceBenchmark.parity(
      "tiny", try maker.grounder(source, sizes, factors), with: floats)
  }

  /// Another small one, beside what PyTorch computed with it.
  private func goldenTiny(_ factors: FactorKind) throws -> DeviceBenchmark.Parity {
    let checkpoint = try GoldenNetwork.checkpoint()
    return try DeviceBenchmark.parity(
      "golden_tiny", try maker.grounder(checkpoint, checkpoint.configuration, factors),
      golden: GoldenNetwork.answers())
  }

  /// Of the built-in network and what the demonstration's reports say of radiographs like its own: for how many
  /// phrases the device finds other regions.
  private func built(_ factors: FactorKind) throws -> DeviceBenchmark.Changes {
    let checkpoint = try BuiltInNetwork.checkpoint()
    let sizes = try checkpoint.configuration
    guard let tokenizer = try Tokenizer(of: checkpoint) else {
      throw ConfigurationError.missing(name: "grounder.tokenizer")
    }
    let floats = try MedGrounder(checkpoint, threads: threads)
    let device = try maker.grounder(checkpoint, sizes, factors)
    var (now, before): ([Phrase], [Phrase]) = ([], [])
    for sample in DemoReports.samples {
      let sentences = ReportText(sample.findings + "\n" + sample.impression).sentences
      let tokens = sentences.map { tokenizer.encode($0.text).ids }
      for seed in 0..<Self.films {
        var sample = sample
        sample.seed = 1_000 + UInt64(seed)
        let input = NetworkInput(
          sample.radiograph, options: PreparationOptions(side: sizes.side))
        let request = GroundingRequest(input, sentences: tokens)
        now += try device.ground([request]).joined().map(phrase)
        before += try floats.ground([request]).joined().map(phrase)
      }
    }
    let changes = RegionChanges(of: now, since: before)
    return DeviceBenchmark.Changes(
      factors: factors, changed: changes.changed, phrases: changes.phrases)
  }

  /// Of each of the demonstration's reports.
  private static let films = 90

  private func phrase(_ outputs: QueryOutputs) -> Phrase {
    let boxes = outputs.fusedBoxes(threshold: 0.8, fusionIoU: 0.1)
    return Phrase(
      truth: [], predictions: boxes.map { ScoredBox(box: $0.box, confidence: $0.confidence) })
  }
}
