public import Boxes

/// A box as metrics see it: in double precision, with an area above zero (SPEC §4).
///
/// Coordinates are fractions of the image: x = 0 is the left edge, y = 1 the bottom edge.
public struct Rectangle: Hashable, Sendable {
  public let left, top, right, bottom: Double

  /// Nil when the corners are out of order or coincide, outside 0…1, or not finite.
  public init?(left: Double, top: Double, right: Double, bottom: Double) {
    guard 0 <= left, left < right, right <= 1, 0 <= top, top < bottom, bottom <= 1 else {
      return nil
    }
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  /// The same box; every `Float` is a `Double`.
  public init(_ box: BoundingBox) {
    left = Double(box.left)
    top = Double(box.top)
    right = Double(box.right)
    bottom = Double(box.bottom)
  }

  /// Fraction of the image that the box covers.
  public var area: Double { (right - left) * (bottom - top) }

  public var centreX: Double { (left + right) / 2 }
  public var centreY: Double { (top + bottom) / 2 }

  /// True when the centre of the other box lies in this one, its borders included (SPEC §4, CH-F1).
  public func holdsCentre(of other: Rectangle) -> Bool {
    left <= other.centreX && other.centreX <= right && top <= other.centreY
      && other.centreY <= bottom
  }

  /// Area that two boxes share.
  public func intersection(with other: Rectangle) -> Double {
    let width = min(right, other.right) - max(left, other.left)
    let height = min(bottom, other.bottom) - max(top, other.top)
    return width > 0 && height > 0 ? width * height : 0
  }

  /// Intersection over union: 0 for boxes apart … 1 for the same box.
  public func iou(with other: Rectangle) -> Double {
    let shared = intersection(with: other)
    return shared / (area + other.area - shared)
  }

  /// Generalised intersection over union, GIoU.
  ///
  ///     giou(A, B) = |A ∩ B| / |A ∪ B| − |C ∖ (A ∪ B)| / |C|
  ///
  /// where C is the smallest box around both (Rezatofighi et al., 2019, algorithm 1).
  /// - Returns: above −1 for boxes far apart … 1 for the same box.
  public func giou(with other: Rectangle) -> Double {
    let shared = intersection(with: other)
    let union = area + other.area - shared
    let hull =
      (max(right, other.right) - min(left, other.left))
      * (max(bottom, other.bottom) - min(top, other.top))
    return shared / union - (hull - union) / hull
  }
}
