extension Picture {
  /// Pillow's `BILINEAR`: a triangle as wide as one new pixel, across and then down, rounded to
  /// 8 bits in between. Weights have 22 bits.
  func antialiased(width newWidth: Int, height newHeight: Int) -> [UInt8] {
    guard case .eight(var values) = windowed().samples else { return [] }
    let across = TriangleTap.taps(from: width, to: newWidth)
    let down = TriangleTap.taps(from: height, to: newHeight)
    if newWidth != width {
      values = Self.pass(
        values, across, count: height, step: channels, line: width * channels, width: channels)
    }
    if newHeight != height {
      let row = newWidth * channels
      values = Self.pass(values, down, count: 1, step: row, line: height * row, width: row)
    }
    return values
  }

  /// Weighs runs of `width` samples, `step` apart, along each of `count` lines of `line` samples.
  private static func pass(
    _ values: [UInt8], _ taps: [TriangleTap], count: Int, step: Int, line: Int, width: Int
  ) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count * taps.count * width)
    var sums = [Int32](repeating: 0, count: width)
    values.withUnsafeBufferPointer { values in
      result.withUnsafeMutableBufferPointer { result in
        sums.withUnsafeMutableBufferPointer { sums in
          var target = 0
          for start in stride(from: 0, to: count * line, by: line) {
            for tap in taps {
              sums.update(repeating: 1 << 21)
              for (offset, weight) in tap.weights.enumerated() {
                let run = start + (tap.first + offset) * step
                for index in 0..<width {
                  sums[index] &+= Int32(values[run + index]) &* weight
                }
              }
              for index in 0..<width {
                result[target + index] = UInt8(clamping: sums[index] >> 22)
              }
              target += width
            }
          }
        }
      }
    }
    return result
  }
}

/// The pixels that one new pixel covers along one axis, and their weights in 2²² parts.
private struct TriangleTap {
  var first: Int
  var weights: [Int32]

  static func taps(from size: Int, to newSize: Int) -> [TriangleTap] {
    let scale = Double(size) / Double(newSize)
    let reach = max(1, scale)
    return (0..<newSize).map { index in
      let centre = (Double(index) + 0.5) * scale
      let first = max(0, Int(centre - reach + 0.5))
      let end = min(size, Int(centre + reach + 0.5))
      let heights = (first..<end).map { max(0, 1 - abs(Double($0) - centre + 0.5) / reach) }
      let total = heights.reduce(0, +)
      return TriangleTap(
        first: first, weights: heights.map { Int32($0 / total * Double(1 << 22) + 0.5) })
    }
  }
}
