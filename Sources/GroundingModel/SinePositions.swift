internal import Glibc

/// Where a cell lies in the square, as sines and cosines (Carion et al., 2020; SPEC §1.3).
///
/// - kept: [height, width], false on padding, which does not count.
/// - Returns: [height · width, channels]: first half from the row, second half from the column.
func sinePositions(kept: [Bool], height: Int, width: Int, channels: Int) -> [Float] {
  precondition(kept.count == height * width, "\(kept.count) cells for \(height)×\(width)")
  let features = channels / 2
  let divisors = (0..<features).map { powf(10_000, Float(2 * ($0 / 2)) / Float(features)) }
  var positions = [Float](repeating: 0, count: height * width * channels)

  func place(_ cell: Int, _ start: Int, _ count: Float, of total: Float) {
    let angle = count / (total + 1e-6) * (2 * Float.pi)
    for feature in 0..<features {
      let value = angle / divisors[feature]
      positions[cell * channels + start + feature] =
        feature % 2 == 0 ? sinf(value) : cosf(value)
    }
  }

  for column in 0..<width {
    let total = Float((0..<height).count { kept[$0 * width + column] })
    var count: Float = 0
    for row in 0..<height {
      if kept[row * width + column] { count += 1 }
      place(row * width + column, 0, count, of: total)
    }
  }
  for row in 0..<height {
    let total = Float((0..<width).count { kept[row * width + $0] })
    var count: Float = 0
    for column in 0..<width {
      if kept[row * width + column] { count += 1 }
      place(row * width + column, features, count, of: total)
    }
  }
  return positions
}
