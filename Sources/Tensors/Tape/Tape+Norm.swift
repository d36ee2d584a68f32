internal import COneDNN

extension Tape {
  public func norm(weight: Parameter, bias: Parameter?, epsilon: Float) throws(TensorError)
    -> any NormLayer
  {
    TapeNorm(self, weight: weight, bias: bias, epsilon: epsilon)
  }
}

/// y = (x − mean) / √(variance + ε) ∘ weight + bias, over the columns of every row (Ba et al., 2016).
final class TapeNorm: NormLayer {
  private let tape: Tape
  private let weight: Parameter
  private let bias: Parameter?
  private let epsilon: Float
  private let columns: Int

  init(_ tape: Tape, weight: Parameter, bias: Parameter?, epsilon: Float) {
    self.tape = tape
    self.weight = weight
    self.bias = bias
    self.epsilon = epsilon
    columns = weight.count
  }

  func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
    let y = try tape.tensor(rows: x.rows, columns: columns)
    let memo = try forward(x, to: y)
    tape.record { [self] () throws(TensorError) in
      try backward(tape.gradient(of: y), memo, dx: tape.gradient(of: x), adds: true)
    }
    return y
  }

  @discardableResult
  func normalize(_ x: Tensor, placing positions: Tensor?) throws(TensorError) -> Factors {
    try tape.willOverwrite(x)
    let memo = try forward(x, to: x)
    tape.record { [self] () throws(TensorError) in
      let gradient = try tape.gradient(of: x)
      try backward(gradient, memo, dx: gradient, adds: false)
    }
    guard let positions else { return Factors(values: x, placed: x) }
    return Factors(values: x, placed: try tape.sum(x, positions))
  }

  /// What going back needs.
  private struct Memo {
    /// [rows, columns] (x − mean) / √(variance + ε)
    let normed: Tensor
    /// [rows] 1 / √(variance + ε)
    let scales: Memory
  }

  private func forward(_ x: Tensor, to y: Tensor) throws(TensorError) -> Memo {
    precondition(x.columns == columns, "\(x.columns) columns, not \(columns)")
    guard let gain = weight.pointer else { throw .shape("a norm without numbers") }
    let offset = bias?.pointer
    let normed = try tape.tensor(rows: x.rows, columns: columns)
    let scales = try tape.cpu.pool.block(floats: x.rows)
    let scale = scales.pointer
    tape.cpu.parallel(x.rows) { index in
      let (from, to, middle) = (x.row(index), y.row(index), normed.row(index))
      var sum = SIMD8<Float>.zero
      let mean = total(columns, &sum) { from[$0] } / Float(columns)
      var squares = SIMD8<Float>.zero
      let variance =
        total(columns, &squares) { (from[$0] - mean) * (from[$0] - mean) } / Float(columns)
      let factor = 1 / (variance + epsilon).squareRoot()
      scale[index] = factor
      for column in 0..<columns {
        let value = (from[column] - mean) * factor
        middle[column] = value
        to[column] = value * gain[column] + (offset?[column] ?? 0)
      }
    }
    return Memo(normed: normed, scales: scales)
  }

  /// ∂x = (g − mean(g) − n · mean(g ∘ n)) / √(variance + ε), where n is x normed and g = ∂y ∘ weight;
  /// ∂weight += Σ rows of ∂y ∘ n    ∂bias += Σ rows of ∂y
  private func backward(
    _ dy: Tensor, _ memo: Memo, dx: Tensor, adds: Bool
  ) throws(TensorError) {
    guard let gain = weight.pointer else { throw .shape("a norm without numbers") }
    let dw = TrainableParameters.gradient(of: weight)
    let db = bias.flatMap { TrainableParameters.gradient(of: $0) }
    for index in 0..<dy.rows {
      let (from, normed) = (dy.row(index), memo.normed.row(index))
      if let dw { for column in 0..<columns { dw[column] += from[column] * normed[column] } }
      if let db { for column in 0..<columns { db[column] += from[column] } }
    }
    tape.cpu.parallel(dy.rows) { index in
      let (from, normed, to) = (dy.row(index), memo.normed.row(index), dx.row(index))
      var (first, second) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
      let mean = total(columns, &first) { from[$0] * gain[$0] } / Float(columns)
      let along =
        total(columns, &second) { from[$0] * gain[$0] * normed[$0] } / Float(columns)
      let scale = memo.scales.pointer[index]
      for column in 0..<columns {
        let value = (from[column] * gain[column] - mean - normed[column] * along) * scale
        to[column] = adds ? to[column] + value : value
      }
    }
  }
}

/// Σ term(i) for i < count, in eight sums side by side.
@inline(__always)
private func total(_ count: Int, _ sums: inout SIMD8<Float>, _ term: (Int) -> Float) -> Float {
  var place = 0
  while place + 8 <= count {
    var terms = SIMD8<Float>.zero
    for lane in 0..<8 { terms[lane] = term(place + lane) }
    sums += terms
    place += 8
  }
  var sum = sums.sum()
  while place < count {
    sum += term(place)
    place += 1
  }
  return sum
}
