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

/// A picture in the network's square, as samples; the network reads them normalised.
public struct NetworkInput: Hashable, Sendable {
  /// [planes, side, side], 8 bits each; padding is black.
  public let samples: [UInt8]
  /// 1 where red, green and blue are the same everywhere, else 3.
  public let planes: Int
  /// Where in the square the picture lies.
  public let letterbox: Letterbox

  /// Side of the square in pixels.
  public var side: Int { letterbox.side }

  /// [3, side, side]: red, green, blue as (sample / 255 − mean) / deviation of ImageNet's.
  public var values: [Float] { Self.values(of: samples, planes: planes) }

  /// Windows 16 bits to 8, scales the longer side to the square and pads with black around the centre.
  /// Samples are rounded to 8 bits after scaling, as OpenCV and Pillow do.
  public init(_ picture: Picture, options: PreparationOptions = PreparationOptions()) {
    letterbox = Letterbox(width: picture.width, height: picture.height, side: options.side)
    let resized = picture.resized(
      width: letterbox.resizedWidth, height: letterbox.resizedHeight, filter: options.resizeFilter)
    guard case .eight(let pixels) = resized.samples else {
      preconditionFailure("a resized picture of 16 bits")
    }
    planes = resized.channels == 3 && !Self.isGray(pixels) ? 3 : 1
    samples = Self.planes(planes, of: pixels, channels: resized.channels, in: letterbox)
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
}

extension NetworkInput {
  /// What samples become: (sample / 255 − mean) / deviation of ImageNet's, [3, 256] of red, green, blue.
  public static let sampleTable: [Float] = zip(means, deviations).flatMap { mean, deviation in
    (0...255).map { Float((Double($0) / 255 - mean) / deviation) }
  }

  /// ImageNet's, of red, green and blue as fractions of 255.
  private static let means = [0.485, 0.456, 0.406]
  private static let deviations = [0.229, 0.224, 0.225]

  /// [3, …], what the samples of 1 or 3 planes become by `sampleTable`.
  public static func values(of samples: [UInt8], planes: Int) -> [Float] {
    precondition(
      (planes == 1 || planes == 3) && samples.count % planes == 0,
      "\(samples.count) samples of \(planes) planes")
    let area = samples.count / planes
    return [Float](unsafeUninitializedCapacity: 3 * area) { values, count in
      samples.withUnsafeBufferPointer { samples in
        sampleTable.withUnsafeBufferPointer { table in
          for channel in 0..<3 {
            let (plane, entries) = (planes == 3 ? channel * area : 0, 256 * channel)
            for pixel in 0..<area {
              values[channel * area + pixel] = table[entries + Int(samples[plane + pixel])]
            }
          }
        }
      }
      count = 3 * area
    }
  }

  /// Whether red, green and blue are the same everywhere.
  private static func isGray(_ pixels: [UInt8]) -> Bool {
    pixels.withUnsafeBufferPointer { pixels in
      for red in stride(from: 0, to: pixels.count, by: 3)
      where pixels[red] != pixels[red + 1] || pixels[red] != pixels[red + 2] { return false }
      return true
    }
  }

  /// [planes, side, side] of [height, width, channels], which lie inside.
  private static func planes(
    _ planes: Int, of pixels: [UInt8], channels: Int, in letterbox: Letterbox
  ) -> [UInt8] {
    let (side, width) = (letterbox.side, letterbox.resizedWidth)
    var samples = [UInt8](repeating: 0, count: planes * side * side)
    samples.withUnsafeMutableBufferPointer { samples in
      pixels.withUnsafeBufferPointer { pixels in
        for plane in 0..<planes {
          for y in 0..<letterbox.resizedHeight {
            let row = (plane * side + letterbox.top + y) * side + letterbox.left
            let source = y * width * channels + plane
            for x in 0..<width { samples[row + x] = pixels[source + x * channels] }
          }
        }
      }
    }
    return samples
  }
}
