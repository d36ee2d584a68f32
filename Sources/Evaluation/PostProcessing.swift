internal import Boxes

/// What is done to a network's boxes before they are final: threshold first, then fusion (SPEC §3).
public struct PostProcessing: Hashable, Sendable {
  /// Boxes of at least this confidence are kept; nil keeps all.
  public var threshold: Double?
  /// Boxes that overlap more are fused; nil leaves them as they are.
  public var fusionIoU: Double?

  public init(threshold: Double? = nil, fusionIoU: Double? = nil) {
    self.threshold = threshold
    self.fusionIoU = fusionIoU
  }

  /// The final boxes.
  public func callAsFunction(_ predictions: [Prediction]) -> [Prediction] {
    let kept = threshold.map { least in predictions.filter { $0.confidence >= least } }
    guard let fusionIoU else { return kept ?? predictions }
    let boxes = (kept ?? predictions).compactMap { ScoredBox($0) }
    return weightedBoxFusion(boxes, iou: Float(fusionIoU)).map { Prediction($0) }
  }

  /// The phrase with its final boxes.
  public func callAsFunction(_ phrase: Phrase) -> Phrase {
    var phrase = phrase
    phrase.predictions = self(phrase.predictions)
    return phrase
  }

  /// The phrase with its final boxes on the original image, to the bit as the daemon gives them:
  /// confidences are compared as floats, and boxes fused on the network's square.
  public func callAsFunction(_ phrase: QueryPhrase) -> Phrase {
    // No IoU is above 1: nothing is fused there.
    let regions = phrase.outputs.regions(
      threshold: Float(threshold ?? 0), fusionIoU: Float(fusionIoU ?? 1),
      letterbox: phrase.letterbox)
    return Phrase(
      truth: phrase.truth, predictions: regions.map { Prediction($0) }, category: phrase.category)
  }
}

extension ScoredBox {
  /// Nil for a box thinner than a `Float` resolves.
  fileprivate init?(_ prediction: Prediction) {
    let box = prediction.box
    guard
      let box = BoundingBox(
        left: Float(box.left), top: Float(box.top), right: Float(box.right),
        bottom: Float(box.bottom))
    else { return nil }
    self.init(box: box, confidence: Float(prediction.confidence))
  }
}
