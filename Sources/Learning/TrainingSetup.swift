internal import FoundationEssentials
internal import GroundingModel
internal import Tensors

/// Opens what a plan names: tokenizer, starting weights and examples.
public struct TrainingSetup {
  private let plan: TrainingPlan
  private let home: String

  /// - home: the folder of the run file, where its paths begin.
  public init(_ plan: TrainingPlan, home: String) {
    self.plan = plan
    self.home = home
  }

  /// - identity: the run file as it is.
  /// - folder: where the run's files are.
  public func run(identity: String, folder: String, threads: Int) throws -> TrainingRun {
    let tokenizer = try tokenizer()
    let weights: any NamedTensorSource
    var configuration = plan.architecture
    if let start = plan.start {
      let checkpoint = try Checkpoint(path: path(start))
      configuration = try checkpoint.configuration
      weights = checkpoint
    } else {
      weights = try FreshWeights(configuration, seed: plan.seed)
    }
    guard tokenizer.vocabularySize <= configuration.vocabulary else {
      throw TrainingError.badPlan(
        field: "tokenizer",
        reason: "has \(tokenizer.vocabularySize) tokens, and the network \(configuration.vocabulary)")
    }
    let margin = configuration.side + configuration.side / 8
    let examples = try Examples(plan.train, folder: home, tokenizer: tokenizer, side: margin)
    let validation =
      plan.validate.isEmpty
      ? nil
      : Validation(
        try Examples(plan.validate, folder: home, tokenizer: tokenizer, side: margin),
        side: configuration.side, threshold: plan.threshold, fusionIoU: plan.fusionIoU)
    return try TrainingRun(
      plan, identity: identity, weights: weights, configuration: configuration,
      examples: examples, validation: validation, folder: folder, threads: threads)
  }

  private func tokenizer() throws -> Tokenizer {
    guard let file = plan.tokenizer else {
      throw TrainingError.badPlan(field: "tokenizer", reason: "is missing")
    }
    return try Tokenizer(file: URL(filePath: path(file)))
  }

  private func path(_ name: String) -> String {
    URL(filePath: name, relativeTo: URL(filePath: home + "/")).path
  }
}
