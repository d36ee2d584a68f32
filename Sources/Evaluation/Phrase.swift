public import Boxes

/// The unit of evaluation: what a phrase of a report truly shows, and what was found (SPEC §4).
public struct Phrase: Hashable, Sendable {
  /// Annotated boxes; none when nothing is to be found.
  public var truth: [Rectangle]
  /// The final boxes, after thresholding and fusion (SPEC §3).
  public var predictions: [Prediction]
  /// E.g. the disease that the phrase speaks of.
  public var category: String?

  public init(truth: [Rectangle], predictions: [Prediction], category: String? = nil) {
    self.truth = truth
    self.predictions = predictions
    self.category = category
  }

  /// The same, of boxes as the network and the annotations give them.
  public init(truth: [BoundingBox], predictions: [ScoredBox], category: String? = nil) {
    self.init(
      truth: truth.map { Rectangle($0) }, predictions: predictions.map { Prediction($0) },
      category: category)
  }

  /// The group that the phrase is counted in, besides `overall`.
  public var group: PhraseGroup { PhraseGroup(truths: truth.count) }
}
