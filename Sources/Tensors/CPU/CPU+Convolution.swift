internal import COneDNN

/// How a feature map lies in memory; a class so that no type of C is part of `FeatureMap`.
final class FeatureLayout {
  let value: Layout

  init(_ value: Layout) { self.value = value }
}

extension CPU {
  public func featurePlan(channels: Int, height: Int, width: Int) throws(TensorError)
    -> FeaturePlan
  {
    FeaturePlan(
      channels: channels, height: height, width: width,
      layout: FeatureLayout(try plain(1, channels, height, width)))
  }

  public func featureMap(_ pixels: [Float], channels: Int, height: Int, width: Int)
    throws(TensorError) -> FeatureMap
  {
    precondition(
      pixels.count == channels * height * width,
      "\(pixels.count) numbers for [\(channels), \(height), \(width)]")
    let memory = try pool.block(floats: pixels.count)
    pixels.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { memory.pointer.update(from: base, count: source.count) }
    }
    return FeatureMap(
      plan: try featurePlan(channels: channels, height: height, width: width), memory: memory)
  }

  public func values(of map: FeatureMap) throws(TensorError) -> [Float] {
    let plan = map.plan
    let memory = try pool.block(floats: plan.channels * plan.height * plan.width)
    let order = try plain(1, plan.channels, plan.height, plan.width)
    try Primitive(engine, reorder: try plan.order, to: order, times: plan.step ?? 1)
      .run(map.memory.pointer, memory.pointer)
    return [Float](
      UnsafeBufferPointer(
        start: memory.pointer, count: plan.channels * plan.height * plan.width))
  }

  public func tokens(of map: FeatureMap) throws(TensorError) -> Tensor {
    let plan = map.plan
    let cells = plan.height * plan.width
    let result = try tensor(rows: cells, columns: plan.channels)
    let rowMajor = try channelsLast(plan.channels, plan.height, plan.width, of: dnnl_f32)
    try Primitive(engine, reorder: try plan.order, to: rowMajor, times: plan.step ?? 1)
      .run(map.memory.pointer, result.pointer)
    return result
  }

  public func convolution(
    _ weight: Parameter, _ transform: ChannelTransform, shape: ConvolutionShape, relu: Bool,
    adding sum: FeaturePlan?, range: Float?, after input: FeaturePlan
  ) throws(TensorError) -> any FeatureLayer {
    let (scale, shift) = transform.folded
    return try CPUConvolution(
      self, weight, scale: scale, shift: shift, shape: shape, relu: relu, adding: sum,
      range: range, after: input)
  }

  public func maxPool(range: Float?, after input: FeaturePlan) throws(TensorError)
    -> any FeatureLayer
  { try CPUPooling(self, range: range, after: input) }
}

extension FeaturePlan {
  /// The order in memory; only plans of this backend have one.
  var order: Layout {
    get throws(TensorError) {
      guard let layout else { throw .shape("a feature map of another backend") }
      return layout.value
    }
  }
}
