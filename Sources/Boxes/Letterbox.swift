/// How an image of any shape is laid into the network's square: longer side to `side`, centred, padded (SPEC §1.1).
public struct Letterbox: Hashable, Sendable {
  /// Size of the original image in pixels.
  public let width, height: Int
  /// Side of the square in pixels.
  public let side: Int
  /// Size of the resized image in the square; halves are rounded to even.
  public let resizedWidth, resizedHeight: Int
  /// Padding before the image, in pixels.
  public let left, top: Int

  /// - Parameter width, height: at least 1 pixel each. A side that would vanish keeps one pixel.
  public init(width: Int, height: Int, side: Int = 640) {
    precondition(width > 0 && height > 0 && side > 0, "\(width)×\(height) into \(side)")
    self.width = width
    self.height = height
    self.side = side
    let scale = Double(side) / Double(max(width, height))
    resizedWidth = max(1, Int((Double(width) * scale).rounded(.toNearestOrEven)))
    resizedHeight = max(1, Int((Double(height) * scale).rounded(.toNearestOrEven)))
    left = (side - resizedWidth) / 2
    top = (side - resizedHeight) / 2
  }

  /// Corners on the original image, in pixels and clipped to it, of a box on the square (SPEC §1.1).
  ///
  /// A box that lies in the padding alone comes back without area, on the edge that it is nearest to.
  public func pixels(of box: BoundingBox) -> (left: Float, top: Float, right: Float, bottom: Float)
  {
    func unpad(_ value: Float, _ padding: Int, _ resized: Int, _ size: Int) -> Float {
      let pixel = (Double(value) * Double(side) - Double(padding)) * Double(size) / Double(resized)
      return Float(min(Double(size), max(0, pixel)))
    }
    return (
      unpad(box.left, left, resizedWidth, width), unpad(box.top, top, resizedHeight, height),
      unpad(box.right, left, resizedWidth, width), unpad(box.bottom, top, resizedHeight, height)
    )
  }

  /// A box on the square as a box on the original image; nil when it lies in the padding alone.
  public func original(of box: BoundingBox) -> BoundingBox? {
    let corners = pixels(of: box)
    return BoundingBox(
      clipping: corners.left / Float(width), corners.top / Float(height),
      corners.right / Float(width), corners.bottom / Float(height))
  }
}
