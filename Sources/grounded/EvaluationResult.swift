internal import Evaluation
internal import JSON

/// All that `grounded evaluate` found out.
struct EvaluationResult {
  /// Names of the models: the prediction files.
  let name: String
  let otherName: String?
  let process: PostProcessing
  let metrics: PhraseMetrics
  let otherMetrics: PhraseMetrics?
  let categories: [CategoryMetrics]
  let bootstrap: Bootstrap?
  let comparison: PairedComparison?
  let sweep: Sweep?
  let calibrations: [Calibration]
  /// The final boxes as a prediction file; empty unless asked for.
  let fusedLines: [UInt8]

  init(_ choices: EvaluationChoices) throws {
    let truth = try PhraseFiles.truth(choices.truth)
    func read(_ path: String) throws -> [Phrase] {
      try PhraseFiles.predictions(path, for: truth, from: choices.truth).phrases(of: truth)
    }
    let process = choices.process
    let raw = try read(choices.predictions)
    let phrases = process.isIdentity ? raw : raw.map { process($0) }
    let outcomes = phrases.map { PhraseOutcome($0) }
    let others = try choices.against.map { path in
      try read(path).map { PhraseOutcome(process($0)) }
    }
    name = Self.name(of: choices.predictions)
    otherName = choices.against.map(Self.name)
    self.process = process
    metrics = PhraseMetrics(of: outcomes)
    otherMetrics = others.map { PhraseMetrics(of: $0) }
    categories = CategoryMetrics.all(of: phrases, outcomes)
    bootstrap = choices.draws.map { Bootstrap(of: outcomes, draws: $0, seed: choices.seed) }
    comparison = others.map {
      PairedComparison(outcomes, $0, rounds: choices.draws ?? 1_000, seed: choices.seed)
    }
    sweep = choices.sweeps ? Sweep(of: raw) : nil
    calibrations =
      choices.sweeps ? Calibration.Rule.allCases.map { Calibration(of: raw, rule: $0) } : []
    fusedLines = choices.fused == nil ? [] : Self.lines(truth, phrases)
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
    ])
  }

  private static func name(of path: String) -> String {
    let file = path.split(separator: "/").last.map { String($0) } ?? path
    return file.hasSuffix(".jsonl") ? String(file.dropLast(6)) : file
  }

  private static func lines(_ truth: TruthSet, _ phrases: [Phrase]) -> [UInt8] {
    var output: [UInt8] = []
    for (entry, phrase) in zip(truth.entries, phrases) {
      let line: JSON = [
        "id": .string(entry.id), "boxes": .array(phrase.predictions.map(\.box.json)),
        "scores": .array(phrase.predictions.map { .number($0.confidence) }),
      ]
      line.write(to: &output)
      output.append(UInt8(ascii: "\n"))
    }
    return output
  }
}

extension Rectangle {
  fileprivate var json: JSON {
    [.number(left), .number(top), .number(right), .number(bottom)]
  }
}

extension PostProcessing {
  fileprivate var isIdentity: Bool { threshold == nil && fusionIoU == nil }
}
