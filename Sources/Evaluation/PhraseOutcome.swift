/// What one phrase adds to the metrics: counts and areas, without its boxes (SPEC §4).
public struct PhraseOutcome: Hashable, Sendable {
  /// Number of annotated boxes, and of predicted ones.
  public let truths, predictions: Int
  /// Predictions with a partner of IoU ≥ 0.5, or of GIoU ≥ 0.5, in greedy matchings.
  public let matches, matchesByGIoU: Int
  /// Predictions whose centre lies in an annotated box.
  public let centredPredictions: Int
  /// Annotated boxes that hold the centre of a prediction.
  public let reachedTruths: Int
  /// Annotated boxes whose own centre lies in a prediction.
  public let centredTruths: Int
  /// Most pairs of a prediction and the annotated box that holds its centre, one to one.
  public let centredPairs: Int
  /// Exact areas of the intersection and the union of the two masks, as fractions of the image.
  public let sharedArea, unionArea: Double

  public init(_ phrase: Phrase) {
    let truth = phrase.truth
    let boxes = phrase.predictions.map(\.box)
    truths = truth.count
    predictions = boxes.count
    matches = greedyMatches(boxes, truth) { $0.iou(with: $1) }
    matchesByGIoU = greedyMatches(boxes, truth) { $0.giou(with: $1) }
    centredPredictions = boxes.count { box in truth.contains { $0.holdsCentre(of: box) } }
    reachedTruths = truth.count { box in boxes.contains { box.holdsCentre(of: $0) } }
    centredTruths = truth.count { box in boxes.contains { $0.holdsCentre(of: box) } }
    centredPairs = mostMatches(boxes, truth) { $1.holdsCentre(of: $0) }
    unionArea = Evaluation.unionArea(of: boxes + truth)
    sharedArea = max(
      0, Evaluation.unionArea(of: boxes) + Evaluation.unionArea(of: truth) - unionArea)
  }

  public var group: PhraseGroup { PhraseGroup(truths: truths) }

  /// F1 at IoU ≥ 0.5: 2 · matches / (predictions + truths); 1 when there are neither.
  public var f1: Double {
    predictions + truths == 0 ? 1 : 2 * Double(matches) / Double(predictions + truths)
  }

  /// F1 = 1 at IoU ≥ 0.5: each box has its partner, and none is left over.
  public var isCorrect: Bool { matches == truths && matches == predictions }

  /// The same at GIoU ≥ 0.5.
  public var isCorrectByGIoU: Bool { matchesByGIoU == truths && matchesByGIoU == predictions }

  /// Area of the intersection of both masks over that of their union; nil when there is neither.
  public var maskIoU: Double? { unionArea > 0 ? sharedArea / unionArea : nil }
}
