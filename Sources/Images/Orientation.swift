/// How stored rows and columns become an upright picture; EXIF 2.3 tag 274, “Orientation”.
enum Orientation: Int, CaseIterable {
  case upright = 1
  case mirrored, halfTurn, flipped, transposed, quarterTurnRight, transversed, quarterTurnLeft

  /// Nil unless the bytes of an APP1 marker are an EXIF block; upright where it says nothing valid.
  init?(exif bytes: some RandomAccessCollection<UInt8>) {
    let block = Array(bytes)
    guard block.starts(with: Array("Exif\0\0".utf8)) else { return nil }
    self = Self.orientation(inTIFF: block.dropFirst(6)) ?? .upright
  }

  /// True when width and height change places.
  var isSideways: Bool { rawValue >= Self.transposed.rawValue }

  /// A TIFF header, then a directory: a count, and entries of 12 bytes that open with their tag.
  private static func orientation(inTIFF block: ArraySlice<UInt8>) -> Orientation? {
    let isLittle = block.starts(with: Array("II".utf8))
    guard isLittle || block.starts(with: Array("MM".utf8)) else { return nil }
    func number(at offset: Int, bytes: Int) -> Int? {
      let start = block.startIndex + offset
      guard offset >= 0, offset + bytes <= block.count else { return nil }
      let digits = block[start..<start + bytes]
      let value = isLittle ? digits.reversed() : Array(digits)
      return value.reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(at: 2, bytes: 2) == 42, let directory = number(at: 4, bytes: 4),
      let entries = number(at: directory, bytes: 2)
    else { return nil }
    for entry in 0..<entries {
      let start = directory + 2 + 12 * entry
      guard let tag = number(at: start, bytes: 2) else { return nil }
      if tag == 274, number(at: start + 2, bytes: 2) == 3 {
        return number(at: start + 8, bytes: 2).flatMap(Orientation.init(rawValue:))
      }
    }
    return nil
  }
}

extension Picture {
  /// The picture as its orientation says it is to be looked at.
  func turned(_ orientation: Orientation) -> Picture {
    if orientation == .upright { return self }
    let samples: Samples
    switch self.samples {
    case .eight(let values): samples = .eight(turned(values, orientation))
    case .sixteen(let values): samples = .sixteen(turned(values, orientation))
    }
    return Picture(
      width: orientation.isSideways ? height : width,
      height: orientation.isSideways ? width : height, channels: channels, samples: samples)
  }

  /// Walks the new picture; a step to the right or down there is a constant stride here.
  private func turned<Sample: FixedWidthInteger>(_ values: [Sample], _ orientation: Orientation)
    -> [Sample]
  {
    let (right, bottom) = (width - 1, height - 1)
    let (origin, acrossX, acrossY, downX, downY) =
      switch orientation {
      case .upright: ((0, 0), 1, 0, 0, 1)
      case .mirrored: ((right, 0), -1, 0, 0, 1)
      case .halfTurn: ((right, bottom), -1, 0, 0, -1)
      case .flipped: ((0, bottom), 1, 0, 0, -1)
      case .transposed: ((0, 0), 0, 1, 1, 0)
      case .quarterTurnRight: ((0, bottom), 0, -1, 1, 0)
      case .transversed: ((right, bottom), 0, -1, -1, 0)
      case .quarterTurnLeft: ((right, 0), 0, 1, -1, 0)
      }
    let across = (acrossY * width + acrossX) * channels
    let down = (downY * width + downX) * channels
    let start = (origin.1 * width + origin.0) * channels
    let columns = orientation.isSideways ? height : width
    let rows = orientation.isSideways ? width : height
    var turned = [Sample](repeating: 0, count: values.count)
    values.withUnsafeBufferPointer { values in
      turned.withUnsafeMutableBufferPointer { turned in
        var target = 0
        for row in 0..<rows {
          for column in 0..<columns {
            let source = start + row * down + column * across
            for channel in 0..<channels { turned[target + channel] = values[source + channel] }
            target += channels
          }
        }
      }
    }
    return turned
  }
}
