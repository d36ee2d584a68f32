internal import Evaluation
internal import JSON

/// All that `grounded evaluate` found out.
struct EvaluationResult {
  /// Names of the models: prediction files, or weights.
  let name: String
  let otherName: String?
  let process: PostProcessing
  /// With their final boxes.
  let phrases: [Phrase]
  let outcomes: [PhraseOutcome]
  let metrics: PhraseMetrics
  let otherMetrics: PhraseMetrics?
  let categories: [CategoryMetrics]
  let bootstrap: Bootstrap?
  let comparison: PairedComparison?
  let sweep: Sweep?
  let calibrations: [Calibration]
  /// What another precision changes.
  let changes: RegionChanges?
  /// Nil when truth and predictions come from files.
  let model: EvaluationMaterial.Model?

  init(_ choices: EvaluationChoices, _ material: EvaluationMaterial) throws {
    process = choices.process
    phrases = material.phrases(process)
    outcomes = phrases.map { PhraseOutcome($0) }
    let rival = material.model?.rival?.phrases(process)
    let others = try Self.others(choices, material, rival)?.map { PhraseOutcome($0) }
    name = material.name
    otherName =
      choices.against.map { EvaluationMaterial.name(of: $0) }
      ?? material.model?.rival?.name
    metrics = PhraseMetrics(of: outcomes)
    otherMetrics = others.map { PhraseMetrics(of: $0) }
    categories = CategoryMetrics.all(of: phrases, outcomes)
    bootstrap = choices.draws.map { [outcomes] in
      Bootstrap(of: outcomes, draws: $0, seed: choices.seed)
    }
    comparison =
      if let others, let draws = choices.draws {
        PairedComparison(outcomes, others, rounds: draws, seed: choices.seed)
      } else { nil }
    sweep = choices.sweeps ? Sweep(phrases: material.phrases) : nil
    let raw = choices.sweeps ? material.phrases(PostProcessing()) : []
    calibrations =
      choices.sweeps ? Calibration.Rule.allCases.map { Calibration(of: raw, rule: $0) } : []
    changes = rival.map { [phrases] in RegionChanges(of: phrases, since: $0) }
    model = material.model
  }

  /// The phrases with what another grounder found: that of a file, or the other precision.
  private static func others(
    _ choices: EvaluationChoices, _ material: EvaluationMaterial, _ rival: [Phrase]?
  ) throws -> [Phrase]? {
    guard let path = choices.against else { return rival }
    let found = try PhraseFiles.predictions(path, for: material.truth, from: choices.truthName)
      .phrases(of: material.truth)
    return found.map { choices.process($0) }
  }

  var json: JSON {
    .object([
      .init("phrases", .integer(Int64(metrics.overall.phrases))),
      .init("post_processing", process.json), .init("groups", metrics.json),
      .init("categories", .array(categories.map(\.json))),
      .init("against", otherMetrics?.json ?? .null),
      .init("intervals", bootstrap?.json ?? .null),
      .init("comparison", comparison?.json ?? .null), .init("sweep", sweep?.json ?? .null),
      .init("calibration", sweep == nil ? .null : .array(calibrations.map(\.json))),
      .init("model", model?.facts ?? .null), .init("changes", changesJSON),
    ])
  }

  /// `{"precision", "against", "phrases", "changed", "share", …}`, or null.
  private var changesJSON: JSON {
    guard let changes, let model, let rival = model.rival else { return .null }
    return .object(
      [
        .init("precision", .string(model.precision)), .init("against", .string(rival.precision)),
      ] + (changes.json.members ?? []))
  }
}
