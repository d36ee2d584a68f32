internal import Boxes
internal import Datasets
internal import GroundingModel
internal import GroundingService
internal import Images
internal import JSON
internal import Reports
internal import Tensors

/// Generated reports, grounded sentence by sentence on their images.
struct Composition {
  /// Beside the reports, what is worth knowing of them.
  struct Counts {
    var sentences = 0
    /// Sentences with a box of ours, with one of the generator's, and those the network was not asked about.
    var grounded = 0
    var generatorsOwn = 0
    var skipped = 0
    /// Reports with MAIRA-2's tags, those whose tags do not fit together, and reports without a sentence.
    var tagged = 0
    var malformed = 0
    var silent = 0
  }

  /// A report with the network's boxes, and with the generator's own where it has tags for them.
  struct Report {
    let study: String
    let ours: [RadFactSentence]
    let own: [RadFactSentence]?
  }

  private(set) var counts = Counts()
  private(set) var reports: [Report] = []
  let isUntrained: Bool

  private let configuration: Configuration
  private let network: MedGrounder
  private let tokenizer: Tokenizer
  private let threshold, fusionIoU: Float

  init(_ configuration: Configuration) throws {
    let setup = GrounderSetup(configuration)
    let checkpoint = try setup.checkpoint()
    self.configuration = configuration
    tokenizer = try setup.tokenizer(for: checkpoint)
    network = try MedGrounder(
      checkpoint, threads: setup.threads, precision: setup.precision(for: checkpoint))
    let identity = try setup.identity(of: checkpoint, sha256: checkpoint.sha256(), on: network)
    threshold = identity.threshold
    fusionIoU = identity.fusionIoU
    isUntrained = identity.isUntrained
  }

  /// Grounds one more report.
  mutating func add(_ composed: ComposedReport, _ contents: ComposedReport.Contents) throws {
    let grounded = try ground(
      contents.sentences, on: Ground.picture(composed.image, configuration))
    counts.sentences += grounded.count
    counts.grounded += grounded.count { !$0.regions.isEmpty }
    counts.generatorsOwn += contents.own?.count { $0.boxes != nil } ?? 0
    counts.skipped += grounded.count { $0.status == .skipped || $0.status == .failed }
    if contents.own != nil { counts.tagged += 1 }
    if contents.isMalformed { counts.malformed += 1 }
    if contents.sentences.isEmpty { counts.silent += 1 }
    reports.append(
      Report(
        study: composed.study, ours: RadFactReports.sentences(grounded), own: contents.own))
  }

  /// The reports that have them with these sentences, and their references.
  func examples(
    against targets: [String: [RadFactSentence]],
    _ sentences: (Report) -> [RadFactSentence]?
  ) -> [RadFactExample] {
    reports.compactMap { report in
      sentences(report).map {
        RadFactExample(id: report.study, prediction: $0, target: targets[report.study] ?? [])
      }
    }
  }

  private func ground(
    _ sentences: [ReportSentence], on picture: Picture
  ) throws -> [GroundedSentence] {
    guard !sentences.isEmpty else { return [] }
    let input = NetworkInput(
      picture, options: PreparationOptions(side: network.configuration.side))
    let plan = SentencePlan(sentences, tokenizer: tokenizer)
    let request = GroundingRequest(input, sentences: plan.asked.map { plan.tokens[$0] })
    let answers = plan.asked.isEmpty ? [] : try network.ground([request])
    var outputs: [[QueryOutputs]] = Array(repeating: [], count: sentences.count)
    for (index, answer) in zip(plan.asked, answers.first ?? []) { outputs[index] = [answer] }
    return plan.grounded(
      outputs, on: [("image", input.letterbox)], threshold: threshold, fusionIoU: fusionIoU)
  }
}

extension Composition.Counts {
  var json: JSON {
    [
      "sentences": .integer(Int64(sentences)), "with_boxes": .integer(Int64(grounded)),
      "with_generator_boxes": .integer(Int64(generatorsOwn)),
      "not_looked_for": .integer(Int64(skipped)), "with_tags": .integer(Int64(tagged)),
      "malformed": .integer(Int64(malformed)), "silent": .integer(Int64(silent)),
    ]
  }
}
