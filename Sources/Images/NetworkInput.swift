public import Boxes

/// How a picture becomes the network's input (SPEC §1.1).
public struct PreparationOptions: Hashable, Sendable {
  /// Side of the network's square in pixels.
  public var side: Int
  public var resizeFilter: ResizeFilter

  public init(side: Int = 640, resizeFilter: ResizeFilter = .bilinear) {
    precondition(side > 0, "a side of \(side) pixels")
    self.side = side
    self.resizeFilter = resizeFilter
  }
}

/// A picture in the network's square, normalised.
public struct NetworkInput: Sendable {
  /// [3, side, side]: red, green, blue as (sample / 255 − mean) / deviation of ImageNet's.
  public let values: [Float]
  /// Where in the square the picture lies.
  public let letterbox: Letterbox

  /// Side of the square in pixels.
  public var side: Int { letterbox.side }

  /// Windows 16 bits to 8, scales the longer side to the square, pads with black around the centre
  /// and normalises. Samples are rounded to 8 bits after scaling, as OpenCV and Pillow do.
  public init(_ picture: Picture, options: PreparationOptions = PreparationOptions()) {
    letterbox = Letterbox(width: picture.width, height: picture.height, side: options.side)
    let resized = picture.resized(
      width: letterbox.resizedWidth, height: letterbox.resizedHeight, filter: options.resizeFilter)
    values = Self.normalise(resized, in: letterbox)
  }

  /// [cells, cells], true where the square's pixel at ⌊i · side / cells⌋ is padding (SPEC §1.3).
  ///
  /// By default the network is not told: it sees the padding as black image.
  public func padding(cells: Int) -> [Bool] {
    precondition(cells > 0 && cells <= side, "\(cells) cells of \(side) pixels")
    let columns = letterbox.left..<letterbox.left + letterbox.resizedWidth
    let rows = letterbox.top..<letterbox.top + letterbox.resizedHeight
    return (0..<cells * cells).map { cell in
      !(rows ~= cell / cells * side / cells && columns ~= cell % cells * side / cells)
    }
  }

  /// ImageNet's, of red, green and blue as fractions of 255.
  private static let means = [0.485, 0.456, 0.406]
  private static let deviations = [0.229, 0.224, 0.225]

  private static func normalise(_ picture: Picture, in letterbox: Letterbox) -> [Float] {
    guard case .eight(let samples) = picture.samples else { return [] }
    let side = letterbox.side
    var values: [Float] = []
    values.reserveCapacity(3 * side * side)
    for channel in 0..<3 {
      let table = (0...255).map {
        Float((Double($0) / 255 - means[channel]) / deviations[channel])
      }
      values.append(contentsOf: repeatElement(table[0], count: side * side))
      let source = picture.channels == 3 ? channel : 0
      let corner = (channel * side + letterbox.top) * side + letterbox.left
      values.withUnsafeMutableBufferPointer { values in
        samples.withUnsafeBufferPointer { samples in
          table.withUnsafeBufferPointer { table in
            for y in 0..<picture.height {
              for x in 0..<picture.width {
                let sample = samples[(y * picture.width + x) * picture.channels + source]
                values[corner + y * side + x] = table[Int(sample)]
              }
            }
          }
        }
      }
    }
    return values
  }
}
