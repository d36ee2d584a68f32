internal import Glibc

extension Tape {
  public func linear(
    _ weight: Parameter, bias: Parameter?, activation: Activation, feedsProducts: Bool, drops: Bool
  ) throws(TensorError) -> any LinearLayer {
    TapeLinear(self, weight, bias: bias, activation: activation, drops: drops)
  }
}

/// y = drop(activation(x · Wᵀ + b)), W [outputs, inputs], b [outputs].
final class TapeLinear: LinearLayer {
  private let tape: Tape
  private let weight: Parameter
  private let bias: Parameter?
  private let activation: Activation
  private let drops: Bool
  private let inputs, outputs: Int

  init(
    _ tape: Tape, _ weight: Parameter, bias: Parameter?, activation: Activation, drops: Bool
  ) {
    self.tape = tape
    self.weight = weight
    self.bias = bias
    self.activation = activation
    self.drops = drops
    (outputs, inputs) = (weight.shape[0], weight.shape[1])
  }

  func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
    let y = try tape.tensor(rows: x.rows, columns: outputs)
    try forward(x, y: y, adds: false)
    let input = tape.keep(x)
    let slope = try activate(y)
    let mask = drops ? try tape.dropMask(x.rows * outputs) : nil
    multiply(y, by: mask)
    tape.record { [self] () throws(TensorError) in
      let dy = try tape.gradient(of: y)
      multiply(dy, by: mask)
      slope(dy)
      try backward(dy, input.tensor, of: x)
    }
    return y
  }

  /// sum += drop(x · Wᵀ + b)
  func add(_ x: Tensor, to sum: Tensor) throws(TensorError) {
    guard let mask = drops ? try tape.dropMask(x.rows * outputs) : nil else {
      return try add(undropped: x, to: sum)
    }
    let input = tape.keep(x)
    let y = try tape.tensor(rows: x.rows, columns: outputs)
    try forward(x, y: y, adds: false)
    multiply(y, by: mask)
    try tape.willOverwrite(sum)
    tape.addRows(of: y, to: sum)
    tape.record { [self] () throws(TensorError) in
      let dy = try tape.tensor(rows: y.rows, columns: y.columns)
      tape.copyRows(of: try tape.gradient(of: sum), to: dy)
      multiply(dy, by: mask)
      try backward(dy, input.tensor, of: x)
    }
  }

  private func add(undropped x: Tensor, to sum: Tensor) throws(TensorError) {
    let input = tape.keep(x)
    try tape.willOverwrite(sum)
    try forward(input.tensor, y: sum, adds: true)
    tape.record { [self] () throws(TensorError) in
      try backward(tape.gradient(of: sum), input.tensor, of: x)
    }
  }

  /// (x · Wᵀ + b) ∘ factor
  func product(_ x: Tensor, times factor: Tensor) throws(TensorError) -> Tensor {
    let plain = try self(x)
    let y = try tape.tensor(rows: x.rows, columns: outputs)
    for row in 0..<x.rows {
      let (a, b, c) = (plain.row(row), factor.row(row), y.row(row))
      for column in 0..<outputs { c[column] = a[column] * b[column] }
    }
    let (left, right) = (tape.keep(plain), tape.keep(factor))
    tape.record { [self] () throws(TensorError) in
      let dy = try tape.gradient(of: y)
      let (da, db) = (try tape.gradient(of: plain), try tape.gradient(of: factor))
      for row in 0..<y.rows {
        let (dc, da, db) = (dy.row(row), da.row(row), db.row(row))
        let (a, b) = (left.tensor.row(row), right.tensor.row(row))
        for column in 0..<outputs {
          da[column] += dc[column] * b[column]
          db[column] += dc[column] * a[column]
        }
      }
    }
    return y
  }

  private func forward(_ x: Tensor, y: Tensor, adds: Bool) throws(TensorError) {
    precondition(x.columns == inputs && y.columns == outputs, "\(x.columns) inputs, not \(inputs)")
    guard let weight = weight.pointer else { throw .shape("a weight without numbers") }
    if let bias = bias?.pointer {
      for row in 0..<y.rows {
        let row = y.row(row)
        if adds {
          for column in 0..<outputs { row[column] += bias[column] }
        } else {
          row.update(from: bias, count: outputs)
        }
      }
    }
    try tape.cpu.multiply(
      x, by: weight, stride: inputs, byTransposed: true, inner: inputs, to: y.pointer, rows: x.rows,
      columns: outputs, stride: y.stride, beta: adds || bias != nil ? 1 : 0)
  }

  /// ∂x += ∂y · W    ∂W += ∂yᵀ · x    ∂b += Σ rows of ∂y
  ///
  /// - input: what x was; its gradient is that of `x`.
  private func backward(_ dy: Tensor, _ input: Tensor, of x: Tensor) throws(TensorError) {
    if let dw = TrainableParameters.gradient(of: weight) {
      try tape.cpu.multiply(
        dy, transposed: true, by: input.pointer, stride: input.stride, inner: dy.rows, to: dw,
        rows: outputs, columns: inputs, stride: inputs, beta: 1)
    }
    if let bias, let db = TrainableParameters.gradient(of: bias) {
      for row in 0..<dy.rows {
        let row = dy.row(row)
        for column in 0..<outputs { db[column] += row[column] }
      }
    }
    guard !tape.isConstant(x.memory), let weight = weight.pointer else { return }
    let dx = try tape.gradient(of: x)
    try tape.cpu.multiply(
      dy, by: weight, stride: inputs, inner: outputs, to: dx.pointer, rows: dy.rows,
      columns: inputs,
      stride: dx.stride, beta: 1)
  }

  /// Overwrites y; returns what multiplies its gradient by the activation's slope.
  private func activate(_ y: Tensor) throws(TensorError) -> (Tensor) -> Void {
    let count = y.rows * outputs
    switch activation {
    case .none: return { _ in }
    case .relu:
      let slope = try tape.cpu.pool.block(floats: count)
      let (values, s) = (y.pointer, slope.pointer)
      tape.cpu.spread(count) { range in
        for place in range {
          s[place] = values[place] > 0 ? 1 : 0
          values[place] = max(values[place], 0)
        }
      }
      return { [self] dy in multiply(dy, by: slope) }
    case .gelu:
      let slope = try tape.cpu.pool.block(floats: count)
      let (values, s) = (y.pointer, slope.pointer)
      tape.cpu.spread(count) { range in
        for place in range {
          let x = values[place]
          let share = 0.5 * (1 + erff(x * 0.707_106_78))  // Φ(x)
          s[place] = share + x * 0.398_942_28 * expf(-0.5 * x * x)
          values[place] = x * share
        }
      }
      return { [self] dy in multiply(dy, by: slope) }
    }
  }

  private func multiply(_ y: Tensor, by factors: Memory?) {
    guard let factors else { return }
    let (values, f) = (y.pointer, factors.pointer)
    tape.cpu.spread(y.rows * outputs) { range in
      for place in range { values[place] *= f[place] }
    }
  }
}
