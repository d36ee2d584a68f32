internal import GroundingModel
internal import Seeds

/// What one step of training sees.
struct TrainingBatch {
  /// [images, 3, side, side]
  private(set) var pixels: [Float] = []
  private(set) var phrases: [TrainableGrounder.Phrase] = []
  /// Boxes of each phrase on the network's square.
  private(set) var targets: [[CenteredBox]] = []

  init(
    pixels: [Float], phrases: [TrainableGrounder.Phrase], targets: [[CenteredBox]]
  ) {
    self.pixels = pixels
    self.phrases = phrases
    self.targets = targets
  }

  /// The `position`-th step of an epoch. The same numbers give the same batch, whatever went before.
  init(
    _ examples: Examples, order: [Int], epoch: Int, position: Int, plan: TrainingPlan, side: Int
  ) throws {
    var random = SeededNumbers(seed: ~plan.seed, part: epoch << 32 | position)
    pixels.reserveCapacity(plan.images * 3 * side * side)
    for image in 0..<plan.images {
      let study = examples.studies[order[position * plan.images + image]]
      let film = try examples.film(of: study)
      let view = plan.augmentation.draw(using: &random)
      view.draw(film, side: side, into: &pixels, using: &random)
      let chosen = study.sentences.shuffled(using: &random).prefix(plan.sentences)
      for sentence in chosen {
        phrases.append(TrainableGrounder.Phrase(image: image, tokens: sentence.tokens))
        targets.append(sentence.boxes.compactMap { view.box($0, of: film) })
      }
    }
  }
}
