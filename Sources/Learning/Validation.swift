internal import Boxes
internal import Datasets
internal import Evaluation
internal import GroundingModel
internal import Images

/// Held-out examples, grounded as the daemon would.
struct Validation: Sendable {
  let examples: Examples
  private let side: Int
  private let threshold: Float
  private let fusionIoU: Float

  /// - side: of the network's square.
  init(_ examples: Examples, side: Int, threshold: Float, fusionIoU: Float) {
    self.examples = examples
    self.side = side
    self.threshold = threshold
    self.fusionIoU = fusionIoU
  }

  /// Phrases with what a network finds, by `grounder`.
  func phrases(groundedBy grounder: MedGrounder) throws -> [Phrase] {
    var phrases: [Phrase] = []
    for study in examples.studies {
      let input = NetworkInput(
        try FilmShelf.picture(of: study), options: PreparationOptions(side: side))
      let request = GroundingRequest(input, sentences: study.sentences.map { $0.tokens })
      let answers = try grounder.ground([request])[0]
      for (sentence, answer) in zip(study.sentences, answers) {
        let found = answer.regions(
          threshold: threshold, fusionIoU: fusionIoU, letterbox: input.letterbox)
        phrases.append(
          Phrase(
            truth: sentence.entry.fractions,
            predictions: found.map { ScoredBox(box: $0.box, confidence: $0.confidence) },
            category: sentence.entry.category))
      }
    }
    return phrases
  }
}
