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
