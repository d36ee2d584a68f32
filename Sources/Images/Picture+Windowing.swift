extension Picture {
  /// The picture with 8 bits a sample; the same picture where it has 8 (SPEC §1.1, step 1).
  ///
  ///     y = ⌊255 · (x − min) / (max − min)⌋        min, max: over all samples of the picture
  ///
  /// A constant picture of 16 bits becomes black.
  public func windowed() -> Picture {
    guard case .sixteen(let values) = samples else { return self }
    let table = windowTable
    let window = table.withUnsafeBufferPointer { table in
      values.withUnsafeBufferPointer { values in
        var window = [UInt8](repeating: 0, count: values.count)
        window.withUnsafeMutableBufferPointer { window in
          for index in values.indices { window[index] = table[Int(values[index])] }
        }
        return window
      }
    }
    return Picture(width: width, height: height, channels: channels, samples: .eight(window))
  }

  /// What each sample is in 8 bits: [256] or [65536].
  var windowTable: [UInt8] {
    guard case .sixteen(let values) = samples else { return Array(0...255) }
    let (low, high) = Self.range(of: values)
    var table = [UInt8](repeating: 0, count: 65_536)
    guard low < high else { return table }
    for value in low...high { table[value] = UInt8(255 * (value - low) / (high - low)) }
    return table
  }

  private static func range(of values: [UInt16]) -> (low: Int, high: Int) {
    values.withUnsafeBufferPointer { values in
      var (low, high) = (UInt16.max, UInt16.min)
      for value in values {
        low = min(low, value)
        high = max(high, value)
      }
      return (Int(low), Int(high))
    }
  }
}
