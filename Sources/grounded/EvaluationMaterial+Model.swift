internal import Boxes
internal import Datasets
internal import Evaluation
internal import GroundingModel
internal import JSON
internal import Tensors

extension EvaluationMaterial {
  /// Grounds the data set, or as much of it as the cache does not have.
  init(_ choices: ModelChoices, showingOn console: Console) throws {
    let sample = try DatasetSample(choices)
    var grounder = try DatasetGrounder(choices, showingOn: console)
    let file = choices.weights.map { Self.name(of: $0) } ?? "built-in"
    let side = try grounder.checkpoint.configuration.side
    let outputs = try grounder.outputs(for: sample, in: choices.precision)
    var rival: Rival?
    if let precision = choices.rival {
      let others =
        precision == choices.precision ? outputs : try grounder.outputs(for: sample, in: precision)
      rival = Rival(
        name: "\(file) \(precision.rawValue)", precision: precision.rawValue,
        phrases: Self.phrases(of: sample, others, side: side))
    }
    name = rival == nil ? file : "\(file) \(choices.precision.rawValue)"
    truth = sample.truth
    phrases = Self.phrases(of: sample, outputs, side: side)
    let failed = outputs.count { $0?.isFinite == false }
    let isUntrained = grounder.checkpoint.metadata["untrained"] != nil
    model = Model(
      sample: sample,
      facts: Self.facts(choices, sample, grounder, failed: failed, isUntrained: isUntrained),
      warnings: Self.warnings(
        isUntrained: isUntrained, skipped: grounder.skipped.count, failed: failed),
      precision: choices.precision.rawValue, rival: rival)
  }

  private static func phrases(
    of sample: DatasetSample, _ outputs: [QueryOutputs?], side: Int
  ) -> (PostProcessing) -> [Phrase] {
    let phrases = sample.entries.indices.map { index in
      let entry = sample.entries[index]
      let truth = sample.truth.entries[index]
      return QueryPhrase(
        truth: truth.boxes, category: truth.category, outputs: outputs[index],
        letterbox: Letterbox(width: entry.width, height: entry.height, side: side))
    }
    return { process in phrases.map { process($0) } }
  }

  private static func facts(
    _ choices: ModelChoices, _ sample: DatasetSample, _ grounder: DatasetGrounder,
    failed: Int, isUntrained: Bool
  ) -> JSON {
    [
      "weights_sha256": .string(grounder.key.weights),
      "tokenizer_sha256": .string(orNull: choices.tokenizer == nil ? nil : grounder.key.tokenizer),
      "manifest_sha256": .string(grounder.key.manifest),
      "split": .string(orNull: choices.split?.rawValue),
      "left_out": .array(choices.leftOut.map { .string($0) }),
      "precision": .string(choices.precision.rawValue),
      "untrained": .boolean(isUntrained),
      "images": .integer(Int64(sample.films.count)),
      "sentences": .integer(Int64(sample.entries.count)),
      "skipped": .integer(Int64(grounder.skipped.count)), "failed": .integer(Int64(failed)),
    ]
  }

  private static func warnings(isUntrained: Bool, skipped: Int, failed: Int) -> [String] {
    var warnings: [String] = []
    if isUntrained { warnings.append("The network is untrained: its boxes mean nothing.") }
    if skipped > 0 {
      warnings.append(
        "\(skipped) sentences are longer than the daemon reads: they count as without a region.")
    }
    if failed > 0 {
      warnings.append(
        "The arithmetic failed on \(failed) sentences: they count as without a region.")
    }
    return warnings
  }
}
