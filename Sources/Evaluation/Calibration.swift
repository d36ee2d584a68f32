/// Whether confidences are what they promise: of the boxes with confidence 0.8, are 80 % right?
///
///     ECE = Σ (boxes of the bin / all boxes) · |share that is right − mean confidence|
///
/// over bins of equal width (Guo et al., 2017, equation 3).
public struct Calibration: Hashable, Sendable {
  /// When a predicted box counts as right (SPEC §4).
  public enum Rule: String, CaseIterable, Sendable {
    /// Its centre lies in an annotated box.
    case centre
    /// Its IoU with an annotated box is ≥ 0.5. Two boxes on the same one are both right: scores are
    /// said of each by itself.
    case overlap = "iou"
  }

  /// Boxes of similar confidence.
  public struct Bin: Hashable, Sendable {
    public let low, high: Double
    public fileprivate(set) var boxes = 0
    public fileprivate(set) var right = 0
    fileprivate var confidences = 0.0

    /// Nil without boxes.
    public var meanConfidence: Double? { boxes > 0 ? confidences / Double(boxes) : nil }
    /// Share of the boxes that is right, 0…1; nil without boxes.
    public var share: Double? { boxes > 0 ? Double(right) / Double(boxes) : nil }
  }

  public let rule: Rule
  public private(set) var bins: [Bin]

  public init(of phrases: some Sequence<Phrase>, rule: Rule, bins count: Int = 10) {
    self.rule = rule
    bins = (0..<count).map {
      Bin(low: Double($0) / Double(count), high: Double($0 + 1) / Double(count))
    }
    for phrase in phrases {
      for prediction in phrase.predictions {
        let index = min(count - 1, Int(prediction.confidence * Double(count)))
        bins[index].boxes += 1
        bins[index].right += rule.holds(prediction.box, in: phrase.truth) ? 1 : 0
        bins[index].confidences += prediction.confidence
      }
    }
  }

  /// Expected calibration error, 0…1; nil without boxes.
  public var expectedError: Double? {
    let boxes = bins.reduce(0) { $0 + $1.boxes }
    guard boxes > 0 else { return nil }
    return bins.reduce(0) { $0 + abs(Double($1.right) - $1.confidences) } / Double(boxes)
  }
}

extension Calibration.Rule {
  fileprivate func holds(_ box: Rectangle, in truth: [Rectangle]) -> Bool {
    switch self {
    case .centre: truth.contains { $0.holdsCentre(of: box) }
    case .overlap: truth.contains { $0.iou(with: box) >= 0.5 }
    }
  }
}
