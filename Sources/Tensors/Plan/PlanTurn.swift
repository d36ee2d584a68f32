internal import Glibc

/// A rotation of heads by the positions of their rows (Su et al., 2021), which attention may take along.
struct PlanTurn {
  /// What is turned.
  let x: Tensor
  let heads: Int
  let theta: Float
  /// Of a segment.
  let rows: Int

  /// Of a head.
  var size: Int { x.columns / heads }

  /// What cosines and sines depend on.
  struct Table: Hashable {
    let rows: Int
    let size: Int
    let theta: Float

    /// [rows, 2, size / 2]: cosines of each position's angles, then sines.
    var values: [Float] {
      let frequencies = (0..<size / 2).map { pow(Double(theta), -Double(2 * $0) / Double(size)) }
      return (0..<rows).flatMap { row in
        let angles = frequencies.map { Double(row) * $0 }
        return angles.map { Float(cos($0)) } + angles.map { Float(sin($0)) }
      }
    }
  }

  var table: Table { Table(rows: rows, size: size, theta: theta) }

  /// Whether some columns of its rows are whole heads that it turns.
  func covers(_ part: Tensor) -> Bool {
    let begin = part.offset - x.offset
    return part.memory === x.memory && part.rows == x.rows && part.stride == x.stride
      && begin >= 0 && begin % size == 0 && begin + part.columns <= x.columns
  }

  /// Whether it leaves some columns as they are.
  func spares(_ part: Tensor) -> Bool {
    let begin = part.offset - x.offset
    return part.memory !== x.memory
      || part.rows == x.rows && part.stride == x.stride && begin >= x.columns
        && part.offset + part.columns <= x.offset + x.stride
  }
}
