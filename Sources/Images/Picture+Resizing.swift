/// How a picture is brought to the network's size.
public enum ResizeFilter: String, Hashable, Sendable, CaseIterable {
  /// Bilinear from the four nearest pixels, whatever the scale: OpenCV's `INTER_LINEAR`, to the bit.
  case bilinear
  /// Bilinear over as many pixels as one new pixel covers: Pillow's `BILINEAR`, to the bit.
  case antialiased
}

extension Picture {
  /// The picture in another size, with 8 bits a sample; 16 bits are windowed first.
  ///
  /// Half-pixel centres: x = (x′ + 0.5) · width / width′ − 0.5. Every pass rounds half up.
  public func resized(width newWidth: Int, height newHeight: Int, filter: ResizeFilter) -> Picture {
    precondition(newWidth > 0 && newHeight > 0, "\(newWidth)×\(newHeight) pixels")
    let samples: [UInt8]
    switch (filter, self.samples) {
    case (.bilinear, .eight(let values)):
      samples = bilinear(values, width: newWidth, height: newHeight)
    case (.bilinear, .sixteen(let values)):
      samples = bilinear(values, width: newWidth, height: newHeight)
    case (.antialiased, _):
      samples = antialiased(width: newWidth, height: newHeight)
    }
    return Picture(width: newWidth, height: newHeight, channels: channels, samples: .eight(samples))
  }

  /// Weights have 11 bits; a row of sums keeps them all, the sum of two rows drops 22 bits in
  /// OpenCV's order.
  private func bilinear<Sample: FixedWidthInteger>(
    _ values: [Sample], width newWidth: Int, height newHeight: Int
  ) -> [UInt8] {
    let columns = BilinearTap.taps(from: width, to: newWidth, isSnapped: true)
    let rows = BilinearTap.taps(from: height, to: newHeight, isSnapped: false)
    let rowCount = newWidth * channels
    var upper = SourceRow(count: rowCount)
    var lower = SourceRow(count: rowCount)
    var result = [UInt8](repeating: 0, count: rowCount * newHeight)
    let table = windowTable
    for (row, tap) in rows.enumerated() {
      if lower.source == tap.first { swap(&upper, &lower) }
      upper.fill(tap.first, of: values, stride: width * channels, channels, table, columns)
      lower.fill(tap.second, of: values, stride: width * channels, channels, table, columns)
      result.withUnsafeMutableBufferPointer { result in
        upper.sums.withUnsafeBufferPointer { upper in
          lower.sums.withUnsafeBufferPointer { lower in
            let target = UnsafeMutableBufferPointer(
              rebasing: result[row * rowCount..<(row + 1) * rowCount])
            for index in 0..<rowCount {
              let above = (tap.firstWeight &* (upper[index] >> 4)) >> 16
              let below = (tap.secondWeight &* (lower[index] >> 4)) >> 16
              target[index] = UInt8(truncatingIfNeeded: (above &+ below &+ 2) >> 2)
            }
          }
        }
      }
    }
    return result
  }
}

/// Two neighbours along one axis, and their weights in 2048ths.
private struct BilinearTap {
  var first, second: Int
  var firstWeight, secondWeight: Int32

  /// Beyond the edge the outermost pixel goes on. `isSnapped`: there it gets the whole weight, as
  /// OpenCV has it across but not down, which matters to the last bit alone.
  static func taps(from size: Int, to newSize: Int, isSnapped: Bool) -> [BilinearTap] {
    let scale = Double(size) / Double(newSize)
    return (0..<newSize).map { index in
      let position = Float((Double(index) + 0.5) * scale - 0.5)
      let floor = Int(position.rounded(.down))
      let isBeyond = floor < 0 || floor >= size - 1
      let fraction = isSnapped && isBeyond ? 0 : position - Float(floor)
      return BilinearTap(
        first: min(max(0, floor), size - 1), second: min(max(0, floor + 1), size - 1),
        firstWeight: Int32(((1 - fraction) * 2048).rounded(.toNearestOrEven)),
        secondWeight: Int32((fraction * 2048).rounded(.toNearestOrEven)))
    }
  }
}

/// One row of the picture, brought to the new width.
private struct SourceRow {
  var source = -1
  var sums: [Int32]

  init(count: Int) { sums = [Int32](repeating: 0, count: count) }

  /// Does nothing when it holds that row already.
  mutating func fill<Sample: FixedWidthInteger>(
    _ row: Int, of values: [Sample], stride: Int, _ channels: Int, _ table: [UInt8],
    _ columns: [BilinearTap]
  ) {
    if source == row { return }
    source = row
    values.withUnsafeBufferPointer { values in
      let values = UnsafeBufferPointer(rebasing: values[row * stride..<(row + 1) * stride])
      table.withUnsafeBufferPointer { table in
        sums.withUnsafeMutableBufferPointer { sums in
          var target = 0
          for tap in columns {
            for channel in 0..<channels {
              let first = Int32(table[Int(values[tap.first * channels + channel])])
              let second = Int32(table[Int(values[tap.second * channels + channel])])
              sums[target] = first &* tap.firstWeight &+ second &* tap.secondWeight
              target += 1
            }
          }
        }
      }
    }
  }
}
