internal import Images

/// A picture as training keeps it: grey, of a size near the network's.
struct Film: Sendable {
  let width, height: Int
  private let samples: [UInt8]

  /// - side: of the longer edge; smaller pictures stay as they are.
  init(_ picture: Picture, side: Int) {
    let longer = max(picture.width, picture.height)
    func scaled(_ size: Int) -> Int {
      longer <= side ? size : max(1, (size * side + longer / 2) / longer)
    }
    (width, height) = (scaled(picture.width), scaled(picture.height))
    let small = picture.resized(width: width, height: height, filter: .bilinear)
    guard case .eight(let values) = small.samples else {
      preconditionFailure("a resized picture has 8 bits")
    }
    let channels = small.channels
    samples =
      channels == 1
      ? values
      : (0..<width * height).map { pixel in
        UInt8((0..<channels).reduce(0) { $0 + Int(values[pixel * channels + $1]) } / channels)
      }
  }

  /// Bytes that it takes.
  var bytes: Int { samples.count }

  /// Grey between four pixels, 0…255; below 0 outside.
  func level(x: Float, y: Float) -> Float {
    guard x > -0.5, y > -0.5, x < Float(width) - 0.5, y < Float(height) - 0.5 else { return -1 }
    let (left, top) = (max(0, x), max(0, y))
    let (column, row) = (min(Int(left), width - 1), min(Int(top), height - 1))
    let (next, below) = (min(column + 1, width - 1), min(row + 1, height - 1))
    let (across, down) = (left - Float(column), top - Float(row))
    let upper =
      Float(samples[row * width + column]) * (1 - across)
      + Float(samples[row * width + next]) * across
    let lower =
      Float(samples[below * width + column]) * (1 - across)
      + Float(samples[below * width + next]) * across
    return upper * (1 - down) + lower * down
  }
}
