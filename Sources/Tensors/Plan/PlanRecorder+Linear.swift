extension PlanRecorder {
  public func linear(
    _ weight: Parameter, bias: Parameter?, activation: Activation, feedsProducts: Bool, drops: Bool
  ) throws(TensorError) -> any LinearLayer {
    PlanLinear(self, weight, bias: bias, activation: activation, feedsProducts: feedsProducts)
  }

  public func norm(weight: Parameter, bias: Parameter?, epsilon: Float) throws(TensorError)
    -> any NormLayer
  { PlanNorm(self, weight: weight, bias: bias, epsilon: epsilon) }
}

/// A product with what follows it; a device's library does not know the exact GELU, so that it is a step of its own.
final class PlanLinear: LinearLayer {
  private let recorder: PlanRecorder
  private let outputs, inputs: Int
  private let activation: Activation
  private let isWide: Bool
  private let weight: PlanPlace
  private let bias: PlanPlace

  init(
    _ recorder: PlanRecorder, _ weight: Parameter, bias: Parameter?, activation: Activation,
    feedsProducts: Bool
  ) {
    self.recorder = recorder
    (outputs, inputs) = (weight.shape[0], weight.shape[1])
    self.activation = activation
    isWide = !feedsProducts || recorder.factors == .f32
    self.weight = recorder.weight(PlanWeight(weight, as: recorder.factors))
    let kind = isWide ? .f32 : recorder.factors
    self.bias = bias.map { recorder.weight(PlanWeight($0, as: kind)) } ?? .nothing
  }

  func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
    let x = try recorder.factors(of: x)
    let y = try recorder.activation(
      rows: x.rows, columns: outputs, isFactor: !isWide, recorder.layout(of: x))
    if outputs < Self.columnsMin {
      try multiplyFew(x, to: y)
    } else {
      multiply(x, to: y, adding: .nothing)
    }
    if activation == .gelu {
      let count = y.rows * outputs
      try recorder.launch(
        "gelu_over", [recorder.place(of: y)], [count, isWide ? 0 : 1], numbers: count)
    }
    return y
  }

  func add(_ x: Tensor, to sum: Tensor) throws(TensorError) {
    precondition(
      sum.rows == x.rows && sum.columns == outputs && sum.isContiguous && isWide,
      "a sum of other sizes")
    multiply(try recorder.factors(of: x), to: sum, adding: recorder.place(of: sum))
  }

  func product(_ x: Tensor, times factor: Tensor) throws(TensorError) -> Tensor {
    precondition(
      factor.rows == x.rows && factor.columns == outputs && factor.isContiguous
        && factor.isHalf == (recorder.factors != .f32), "a factor of other sizes")
    let y = try self(x)
    // The activation of the factor, if nobody else has asked for it since, is done in the same step.
    let isActivated = recorder.takeBack("gelu_over", over: factor, before: 1)
    let count = y.rows * outputs
    try recorder.launch(
      "multiply", [recorder.place(of: y), recorder.place(of: factor)],
      [count, isActivated ? 1 : 0], numbers: count)
    return y
  }

  /// Fewer columns than the 16 bytes that libraries like are a kernel's.
  private static let columnsMin = 8

  private func multiplyFew(_ x: Tensor, to y: Tensor) throws(TensorError) {
    precondition(x.columns == inputs, "[\(x.rows), \(x.columns)] · [\(outputs), \(inputs)]ᵀ")
    try recorder.launch(
      "few_columns", [recorder.place(of: x), weight, bias, recorder.place(of: y)],
      [x.rows, outputs, inputs, x.stride, activation == .relu ? 1 : 0, isWide ? 1 : 0],
      PlanGrid(x: (x.rows * outputs + 3) / 4), threads: 128)
  }

  private func multiply(_ x: Tensor, to y: Tensor, adding sum: PlanPlace) {
    precondition(x.columns == inputs, "[\(x.rows), \(x.columns)] · [\(outputs), \(inputs)]ᵀ")
    recorder.record(
      .product(
        PlanProduct(
          x: recorder.place(of: x), weight: weight, bias: bias, sum: sum,
          y: recorder.place(of: y), rows: x.rows, inputs: inputs, outputs: outputs,
          stride: x.stride, isRectified: activation == .relu, isWide: isWide)))
  }
}

/// Norm, positions and rounding in one step.
final class PlanNorm: NormLayer {
  private let recorder: PlanRecorder
  private let columns: Int
  private let epsilon: Float
  private let weight: PlanPlace
  private let bias: PlanPlace

  init(_ recorder: PlanRecorder, weight: Parameter, bias: Parameter?, epsilon: Float) {
    self.recorder = recorder
    self.epsilon = epsilon
    columns = weight.count
    self.weight = recorder.weight(PlanWeight(weight, as: .f32))
    self.bias = bias.map { recorder.weight(PlanWeight($0, as: .f32)) } ?? .nothing
  }

  func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
    let values = try factors(like: x)
    try run(x, values: recorder.place(of: values))
    return values
  }

  func normalize(_ x: Tensor, placing positions: Tensor?) throws(TensorError) -> Factors {
    let values = recorder.factors == .f32 ? x : try factors(like: x)
    let placed = positions == nil ? values : try factors(like: x)
    try run(
      x, positions: positions.map { recorder.place(of: $0) } ?? .nothing,
      over: recorder.place(of: x),
      values: recorder.factors == .f32 ? .nothing : recorder.place(of: values),
      placed: positions == nil ? .nothing : recorder.place(of: placed))
    return Factors(values: values, placed: placed)
  }

  private func factors(like x: Tensor) throws(TensorError) -> Tensor {
    try recorder.activation(
      rows: x.rows, columns: x.columns, isFactor: true, recorder.layout(of: x))
  }

  private func run(
    _ x: Tensor, positions: PlanPlace = .nothing, over: PlanPlace = .nothing, values: PlanPlace,
    placed: PlanPlace = .nothing
  ) throws(TensorError) {
    precondition(x.columns == columns && x.isContiguous, "\(x.columns) columns, not \(columns)")
    let isWide = columns % 4 == 0 && (257...1024).contains(columns)
    try recorder.launch(
      isWide ? "norm_wide_rows" : "norm_rows",
      [recorder.place(of: x), weight, bias, positions, over, values, placed],
      [x.rows, columns], floats: [epsilon], PlanGrid(x: (x.rows + 3) / 4), threads: 128)
  }
}
