public import Boxes

/// A box in whole pixels: `xMax` and `yMax` are the first column and row behind it.
public struct PixelBox: Hashable, Sendable {
  public let xMin, yMin, xMax, yMax: Int

  public init(xMin: Int, yMin: Int, xMax: Int, yMax: Int) {
    self.xMin = xMin
    self.yMin = yMin
    self.xMax = xMax
    self.yMax = yMax
  }

  /// Each edge goes to the nearest border between pixels; at least one pixel is left.
  /// - Parameter width, height: of the image in pixels, at least 1 each.
  public init(_ box: BoundingBox, width: Int, height: Int) {
    precondition(width > 0 && height > 0, "\(width)×\(height)")
    (xMin, xMax) = Self.interval(box.left, box.right, size: width)
    (yMin, yMax) = Self.interval(box.top, box.bottom, size: height)
  }

  private static func interval(_ low: Float, _ high: Float, size: Int) -> (Int, Int) {
    let first = min(size - 1, Int((Double(low) * Double(size)).rounded()))
    let last = Int((Double(high) * Double(size)).rounded())
    return (first, min(size, max(first + 1, last)))
  }
}

/// One scored box of a sentence.
public struct Region: Hashable, Sendable {
  public let imageID: String
  public let box: BoundingBox
  public let pixels: PixelBox
  /// 0…1.
  public let confidence: Float
  /// How many of the network's queries were fused into it.
  public let fusedQueries: Int

  public init(
    imageID: String, box: BoundingBox, pixels: PixelBox, confidence: Float, fusedQueries: Int
  ) {
    precondition(confidence.isFinite, "\(confidence)")
    self.imageID = imageID
    self.box = box
    self.pixels = pixels
    self.confidence = confidence
    self.fusedQueries = fusedQueries
  }

  /// - Parameter width, height: of the image in pixels.
  public init(
    imageID: String, box: BoundingBox, width: Int, height: Int, confidence: Float,
    fusedQueries: Int
  ) {
    self.init(
      imageID: imageID, box: box, pixels: PixelBox(box, width: width, height: height),
      confidence: confidence, fusedQueries: fusedQueries)
  }
}
