internal import Glibc

extension Tape {
  public func tensor(rows: Int, columns: Int) throws(TensorError) -> Tensor {
    try cpu.tensor(rows: rows, columns: columns)
  }

  public func tensor(_ values: [Float], columns: Int) throws(TensorError) -> Tensor {
    let result = try cpu.tensor(values, columns: columns)
    markConstant(result.memory)
    return result
  }

  public func values(of tensor: Tensor) throws(TensorError) -> [Float] {
    try cpu.values(of: tensor)
  }

  public func factors(of x: Tensor) throws(TensorError) -> Tensor { x }

  /// Nothing is left out: a loss that is no number says so.
  public func isSound(_ map: FeatureMap) throws(TensorError) -> Bool { true }
  public func isSound(_ x: Tensor) throws(TensorError) -> Bool { true }

  public func clear(_ x: Tensor) throws(TensorError) {
    try willOverwrite(x)
    try cpu.clear(x)
    record { [self] () throws(TensorError) in
      let dx = try gradient(of: x)
      for row in 0..<x.rows { dx.row(row).update(repeating: 0, count: x.columns) }
    }
  }

  public func gather(_ table: Parameter, _ ids: [Int32]) throws(TensorError) -> Tensor {
    let y = try cpu.gather(table, ids)
    guard let gradients = TrainableParameters.gradient(of: table) else {
      markConstant(y.memory)
      return y
    }
    record { [self] () throws(TensorError) in
      let dy = try gradient(of: y)
      for (row, id) in ids.enumerated() {
        let (from, to) = (dy.row(row), gradients + Int(id) * y.columns)
        for column in 0..<y.columns { to[column] += from[column] }
      }
    }
    return y
  }

  public func joined(_ parts: [Tensor]) throws(TensorError) -> Tensor {
    let y = try cpu.joined(parts)
    if parts.allSatisfy({ isConstant($0.memory) }) {
      markConstant(y.memory)
      return y
    }
    record { [self] () throws(TensorError) in
      let dy = try gradient(of: y)
      var start = 0
      for part in parts {
        defer { start += part.rows }
        if isConstant(part.memory) { continue }
        addRows(of: dy.rows(start..<start + part.rows), to: try gradient(of: part))
      }
    }
    return y
  }

  public func sum(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
    let y = try tensor(rows: a.rows, columns: a.columns)
    copyRows(of: a, to: y)
    addRows(of: b, to: y)
    record { [self] () throws(TensorError) in
      let dy = try gradient(of: y)
      for part in [a, b] where !isConstant(part.memory) {
        addRows(of: dy, to: try gradient(of: part))
      }
    }
    return y
  }

  public func rotate(_ x: Tensor, heads: Int, theta: Float, segments: [Range<Int>])
    throws(TensorError)
  {
    try willOverwrite(x)
    try cpu.rotate(x, heads: heads, theta: theta, segments: segments)
    record { [self] () throws(TensorError) in
      try cpu.rotate(
        gradient(of: x), heads: heads, theta: theta, segments: segments, isBackward: true)
    }
  }

  public func sigmoid(_ x: Tensor) throws(TensorError) {
    try willOverwrite(x)
    try cpu.sigmoid(x)
    let result = keep(x)
    record { [self] () throws(TensorError) in
      let dx = try gradient(of: x)
      for row in 0..<x.rows {
        let (gradient, y) = (dx.row(row), result.tensor.row(row))
        for column in 0..<x.columns { gradient[column] *= y[column] * (1 - y[column]) }
      }
    }
  }

  public func drop(_ x: Tensor) throws(TensorError) {
    guard let mask = try dropMask(x.rows * x.columns) else { return }
    func apply(to tensor: Tensor) {
      for row in 0..<x.rows {
        let (values, factors) = (tensor.row(row), mask.pointer + row * x.columns)
        for column in 0..<x.columns { values[column] *= factors[column] }
      }
    }
    try willOverwrite(x)
    apply(to: x)
    record { [self] () throws(TensorError) in apply(to: try gradient(of: x)) }
  }

  /// to += from
  func addRows(of from: Tensor, to: Tensor) {
    cpu.parallel(from.rows) { row in
      let (source, target) = (from.row(row), to.row(row))
      for column in 0..<from.columns { target[column] += source[column] }
    }
  }

  func copyRows(of from: Tensor, to: Tensor) {
    cpu.parallel(from.rows) { row in to.row(row).update(from: from.row(row), count: from.columns) }
  }
}
