public import Boxes
public import JSON

/// A box in pixels of its image, with an area above zero: x to the right, y down, corners at
/// pixels' edges.
public struct PixelBox: Hashable, Sendable {
  public let left, top, right, bottom: Double

  /// Nil when the corners are reversed or coincide, left or above the image, or not finite.
  public init?(left: Double, top: Double, right: Double, bottom: Double) {
    guard 0 <= left, left < right, right.isFinite, 0 <= top, top < bottom, bottom.isFinite else {
      return nil
    }
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  /// The box of fractions in an image of that size, to a tenth of a pixel.
  ///
  /// Nil for a box that rounds to nothing.
  public init?(_ box: BoundingBox, width: Int, height: Int) {
    func pixels(_ fraction: Float, of side: Int) -> Double {
      min(Double(side), (Double(fraction) * Double(side) * 10).rounded() / 10)
    }
    self.init(
      left: pixels(box.left, of: width), top: pixels(box.top, of: height),
      right: pixels(box.right, of: width), bottom: pixels(box.bottom, of: height))
  }

  /// The box as fractions of an image of that size, clipped to it.
  ///
  /// Nil for a box outside the image, or too thin for a `Float`.
  public func fractions(width: Int, height: Int) -> BoundingBox? {
    BoundingBox(
      clipping: Float(left / Double(width)), Float(top / Double(height)),
      Float(right / Double(width)), Float(bottom / Double(height)))
  }

  /// `[x1, y1, x2, y2]`.
  public var json: JSON { .array([left, top, right, bottom].map { .number($0) }) }
}
