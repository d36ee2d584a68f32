/// A box on an image with an area above zero.
///
/// Coordinates are fractions of the image: x = 0 is the left edge, y = 1 the bottom edge.
public struct BoundingBox: Hashable, Sendable {
  public let left, top, right, bottom: Float

  /// Nil when the corners are out of order or coincide, outside 0…1, or not finite.
  public init?(left: Float, top: Float, right: Float, bottom: Float) {
    guard 0 <= left, left < right, right <= 1, 0 <= top, top < bottom, bottom <= 1 else {
      return nil
    }
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  /// Accepts what a network or a generator may say: reversed corners are swapped, the rest is clipped to the image.
  ///
  /// Nil when nothing with an area is left, or a coordinate is not finite.
  public init?(clipping left: Float, _ top: Float, _ right: Float, _ bottom: Float) {
    guard left.isFinite, top.isFinite, right.isFinite, bottom.isFinite else { return nil }
    self.init(
      left: Self.clipped(min(left, right)), top: Self.clipped(min(top, bottom)),
      right: Self.clipped(max(left, right)), bottom: Self.clipped(max(top, bottom)))
  }

  public var width: Float { right - left }
  public var height: Float { bottom - top }

  /// Fraction of the image that the box covers.
  public var area: Float { width * height }

  private static func clipped(_ value: Float) -> Float { min(1, max(0, value)) }
}
