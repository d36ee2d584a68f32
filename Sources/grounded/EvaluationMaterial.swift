internal import Evaluation
internal import JSON

/// What is evaluated: phrases as annotated, and what was found of each.
struct EvaluationMaterial {
  /// What found it: a prediction file, or a network.
  let name: String
  let truth: TruthSet
  /// The phrases, in the order of truth, with their final boxes.
  let phrases: (PostProcessing) -> [Phrase]
  /// Nil when truth and predictions come from files.
  let model: Model?

  /// How a network came to its boxes.
  struct Model {
    let sample: DatasetSample
    /// Who, on what, in which precision.
    let facts: JSON
    /// What is worth a word before the numbers.
    let warnings: [String]
    let precision: String
    var rival: Rival?
  }

  /// The same network in another precision.
  struct Rival {
    let name, precision: String
    let phrases: (PostProcessing) -> [Phrase]
  }

  init(_ choices: EvaluationChoices, showingOn console: Console) throws {
    switch choices.source {
    case .files(let truth, let predictions):
      try self.init(truth: truth, predictions: predictions)
    case .model(let choices): try self.init(choices, showingOn: console)
    }
  }

  private init(truth path: String, predictions: String) throws {
    let truth = try PhraseFiles.truth(path)
    let phrases = try PhraseFiles.predictions(predictions, for: truth, from: path)
      .phrases(of: truth)
    self.truth = truth
    name = Self.name(of: predictions)
    self.phrases = { process in process.isIdentity ? phrases : phrases.map { process($0) } }
    model = nil
  }

  /// A file's name as a table has it.
  static func name(of path: String) -> String {
    let file = path.split(separator: "/").last.map { String($0) } ?? path
    for ending in [".jsonl", ".safetensors"] where file.hasSuffix(ending) {
      return String(file.dropLast(ending.count))
    }
    return file
  }
}

extension PostProcessing {
  fileprivate var isIdentity: Bool { threshold == nil && fusionIoU == nil }
}
