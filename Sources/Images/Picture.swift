/// A decoded image: samples [height, width, channels], as many bits as the file had.
public struct Picture: Hashable, Sendable {
  /// Samples row by row from the top, channels of a pixel side by side.
  public enum Samples: Hashable, Sendable {
    /// 0 … 255. Files with 1, 2 or 4 bits are stretched to this range.
    case eight([UInt8])
    /// 0 … 65535, in the order of the machine.
    case sixteen([UInt16])
  }

  /// Size in pixels, at least 1.
  public let width, height: Int
  /// 1 for grey, 3 for red, green, blue.
  public let channels: Int
  public let samples: Samples

  /// - Parameter samples: exactly width × height × channels of them.
  public init(width: Int, height: Int, channels: Int, samples: Samples) {
    precondition(
      width > 0 && height > 0 && (channels == 1 || channels == 3),
      "\(width)×\(height) pixels of \(channels) channels")
    precondition(
      samples.count == width * height * channels,
      "\(samples.count) samples for \(width)×\(height)×\(channels)")
    self.width = width
    self.height = height
    self.channels = channels
    self.samples = samples
  }

  /// 8 or 16.
  public var bitDepth: Int {
    switch samples {
    case .eight: 8
    case .sixteen: 16
    }
  }

  /// One sample, 0 … 255 or 0 … 65535.
  public subscript(x: Int, y: Int, channel: Int) -> Int {
    precondition(
      0..<width ~= x && 0..<height ~= y && 0..<channels ~= channel,
      "(\(x), \(y), \(channel)) of \(width)×\(height)×\(channels)")
    let index = (y * width + x) * channels + channel
    switch samples {
    case .eight(let values): return Int(values[index])
    case .sixteen(let values): return Int(values[index])
    }
  }
}

extension Picture.Samples {
  var count: Int {
    switch self {
    case .eight(let values): values.count
    case .sixteen(let values): values.count
    }
  }
}
