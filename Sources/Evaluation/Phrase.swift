public import Boxes

/// A box that a grounder found, with its confidence.
public struct Prediction: Hashable, Sendable {
  public var box: Rectangle
  /// 0…1.
  public var confidence: Double

  public init(box: Rectangle, confidence: Double) {
    self.box = box
    self.confidence = confidence
  }

  public init(_ scored: ScoredBox) {
    self.init(box: Rectangle(scored.box), confidence: Double(scored.confidence))
  }

  public init(_ fused: FusedBox) {
    self.init(box: Rectangle(fused.box), confidence: Double(fused.confidence))
  }
}

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

/// Phrases by the number of boxes that they have in truth (SPEC §4).
public enum PhraseGroup: String, CaseIterable, Sendable {
  /// Without a box.
  case no
  case single
  /// With two or more.
  case multi
  /// All phrases.
  case overall

  init(truths: Int) { self = truths == 0 ? .no : truths == 1 ? .single : .multi }
}
