internal import FoundationEssentials
internal import GroundingModel
internal import Tensors

/// Opens what a plan names: tokenizer, starting weights and examples.
public struct TrainingSetup {
  private let plan: TrainingPlan
  /// What decoded films may take; those beyond it are decoded each time.
  private static let filmBytesMax = 4 << 30
  private let home: String

  /// - home: the folder of the run file, where its paths begin.
  public init(_ plan: TrainingPlan, home: String) {
    self.plan = plan
    self.home = home
  }

  /// - identity: the run file as it is.
  /// - folder: where the run's files are.
  public func run(identity: String, folder: String, threads: Int) throws -> TrainingRun {
    let weights: any NamedTensorSource
    var configuration = plan.architecture
    var carried: String?
    var card: String?
    if let start = plan.start {
      let checkpoint = try Checkpoint(path: path(start))
      configuration = try checkpoint.configuration
      if let side = plan.side { configuration.side = side }
      carried = checkpoint.metadata[Tokenizer.metadataName]
      card = checkpoint.metadata[ModelCard.metadataName]
      weights = checkpoint
    } else {
      weights = try FreshWeights(configuration, seed: plan.seed)
    }
    let text = try plan.tokenizer.map { try Self.text(of: path($0)) } ?? carried
    guard let text else {
      throw TrainingError.badPlan(
        field: "tokenizer", reason: "is missing, and “start” carries none")
    }
    let tokenizer = try Tokenizer(json: Array(text.utf8))
    try tokenizer.check(against: configuration)
    let margin = configuration.side + configuration.side / 8
    let examples = try Examples(
      plan.train, folder: home, tokenizer: tokenizer, side: margin, filmBytesMax: Self.filmBytesMax)
    let validation =
      plan.validate.isEmpty
      ? nil
      : Validation(
        try Examples(
          plan.validate, folder: home, tokenizer: tokenizer, side: margin, filmBytesMax: 0),
        side: configuration.side, threshold: plan.threshold, fusionIoU: plan.fusionIoU)
    if let validation { try examples.checkPatients(apartFrom: validation.examples) }
    return try TrainingRun(
      plan, identity: identity, weights: weights, startCard: card, configuration: configuration,
      tokenizer: text, examples: examples, validation: validation, folder: folder, threads: threads)
  }

  private static func text(of file: String) throws -> String {
    do { return try String(contentsOf: URL(filePath: file), encoding: .utf8) } catch {
      throw TrainingError.badPlan(
        field: "tokenizer", reason: "(\(file)) is absent, not ours to read, or no UTF-8")
    }
  }

  private func path(_ name: String) -> String {
    URL(filePath: name, relativeTo: URL(filePath: home + "/")).path
  }
}
