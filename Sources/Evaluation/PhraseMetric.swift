/// The numbers that phrases are judged by, under the names that JSON gives them (SPEC §4).
public enum PhraseMetric: String, CaseIterable, Sendable {
  /// Share of phrases without a box for which none is predicted.
  case noAccuracy = "n_acc"
  /// Share of phrases with F1 = 1 at IoU ≥ 0.5.
  case correct = "p_f1"
  /// The same at GIoU ≥ 0.5, as gRefCOCO's code has it.
  case correctByGIoU = "p_f1_giou"
  /// Centre-hit F1: recall counts annotated boxes that hold the centre of a prediction.
  case centreHits = "ch_f1_region"
  /// Centre-hit F1: recall counts annotated boxes whose centre lies in a prediction.
  case centreHitsTwoWay = "ch_f1_twoway"
  /// Centre-hit F1: each prediction counts for one annotated box.
  case centreHitsOneToOne = "ch_f1_one2one"
  /// Mean of the phrases' mask IoU.
  case meanMaskIoU = "miou_macro"
  /// All intersections over all unions.
  case pooledMaskIoU = "miou_micro"
  /// Share of phrases with a mask IoU ≥ 0.5.
  case maskAccuracy = "mask_acc"

  /// As the head of a table has it.
  public var title: String {
    switch self {
    case .noAccuracy: "N-Acc"
    case .correct: "P@F1"
    case .correctByGIoU: "P@F1 (GIoU)"
    case .centreHits: "CH-F1"
    case .centreHitsTwoWay: "CH-F1 (two-way)"
    case .centreHitsOneToOne: "CH-F1 (one-to-one)"
    case .meanMaskIoU: "mIoU"
    case .pooledMaskIoU: "mIoU (pooled)"
    case .maskAccuracy: "Acc"
    }
  }
}
