internal import GroundingModel

/// What one step of training sees.
struct TrainingBatch {
  /// [images, 3, side, side]
  private(set) var pixels: [Float] = []
  private(set) var phrases: [TrainableGrounder.Phrase] = []
  /// Boxes of each phrase on the network's square.
  private(set) var targets: [[CenteredBox]] = []

  /// The `position`-th step of an epoch. The same numbers give the same batch, whatever went before.
  init(
    _ examples: Examples, order: [Int], epoch: Int, position: Int, plan: TrainingPlan, side: Int
  ) throws {
    var random = SeededNumbers(
      seed: plan.seed ^ (UInt64(epoch) << 32 | UInt64(position)) &* 0xD134_2543_DE82_EF95)
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
