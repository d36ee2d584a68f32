/// What decoding one image may cost. A header that asks for more is refused before memory is taken.
public struct ImageLimits: Hashable, Sendable {
  /// Width × height. A large radiograph has 20 million.
  public var pixelsMax: Int
  /// The longer of width and height, in pixels.
  public var sideMax: Int
  /// Memory that decoding takes at its peak, beside the file itself, in bytes.
  public var memoryBytesMax: Int
  /// Scans of a progressive JPEG. Encoders write 10; each costs a pass over the whole image, so
  /// that images near `pixelsMax` may have no more than 16.
  public var scansMax: Int

  public init(
    pixelsMax: Int = 100_000_000, sideMax: Int = 32_768, memoryBytesMax: Int = 768 << 20,
    scansMax: Int = 100
  ) {
    precondition(
      pixelsMax > 0 && sideMax > 0 && memoryBytesMax > 0 && scansMax > 0,
      "limits of an image are above zero")
    self.pixelsMax = pixelsMax
    self.sideMax = sideMax
    self.memoryBytesMax = memoryBytesMax
    self.scansMax = scansMax
  }

  /// - Parameter bytesPerPixel: memory that decoding takes for each pixel.
  func check(width: Int, height: Int, bytesPerPixel: Int) throws(ImageError) {
    guard max(width, height) <= sideMax else {
      throw .sideTooLong(width: width, height: height, sideMax: sideMax)
    }
    guard width * height <= pixelsMax else {
      throw .tooManyPixels(width: width, height: height, pixelsMax: pixelsMax)
    }
    guard width * height * bytesPerPixel <= memoryBytesMax else {
      throw .tooMuchMemory(bytesMax: memoryBytesMax)
    }
  }

  /// Scans that an image of this size may have: `scansMax`, or as many as 16 of the largest image cost.
  func scans(pixels: Int) -> Int { min(scansMax, max(1, 16 * pixelsMax / pixels)) }
}
