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
    try Primitive(engine, reorder: try plan.order, to: order)
      .run(map.memory.pointer, memory.pointer)
    return [Float](
      UnsafeBufferPointer(
        start: memory.pointer, count: plan.channels * plan.height * plan.width))
  }

  public func tokens(of map: FeatureMap) throws(TensorError) -> Tensor {
    let plan = map.plan
    let cells = plan.height * plan.width
    let result = try tensor(rows: cells, columns: plan.channels)
    let rowMajor = try strided(
      [1, plan.channels, plan.height, plan.width],
      [cells * plan.channels, 1, plan.width * plan.channels, plan.channels])
    try Primitive(engine, reorder: try plan.order, to: rowMajor)
      .run(map.memory.pointer, result.pointer)
    return result
  }

  public func convolution(
    _ weight: Parameter, scale: [Float], shift: [Float], shape: ConvolutionShape, relu: Bool,
    adding sum: FeaturePlan?, after input: FeaturePlan
  ) throws(TensorError) -> any FeatureLayer {
    try CPUConvolution(
      self, weight, scale: scale, shift: shift, shape: shape, relu: relu, adding: sum,
      after: input)
  }

  public func maxPool(after input: FeaturePlan) throws(TensorError) -> any FeatureLayer {
    try CPUPooling(self, after: input)
  }
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

/// oneDNN's maximum over windows of 3×3, every second one.
final class CPUPooling: FeatureLayer {
  let output: FeaturePlan
  private let cpu: CPU
  private let primitive: Primitive

  init(_ cpu: CPU, after input: FeaturePlan) throws(TensorError) {
    self.cpu = cpu
    let (height, width) = ((input.height - 1) / 2 + 1, (input.width - 1) / 2 + 1)
    let after = [height * 2 - input.height, width * 2 - input.width].map { Int64($0) }
    var x = try input.order
    var y = try free(1, input.channels, height, width, of: x.data_type)
    var descriptor = dnnl_pooling_desc_t()
    try check(
      dnnl_pooling_forward_desc_init(
        &descriptor, dnnl_forward_inference, dnnl_pooling_max, &x, &y, [2, 2], [3, 3], [1, 1],
        after), "describe a pooling")
    primitive = try Primitive(cpu.engine, descriptor, name: "pool")
    try primitive.bind(Slot.source, primitive.source)
    try primitive.bind(Slot.destination, primitive.destination)
    output = FeaturePlan(
      channels: input.channels, height: height, width: width,
      layout: FeatureLayout(primitive.destination))
  }

  func callAsFunction(_ x: FeatureMap, adding sum: FeatureMap?) throws(TensorError) -> FeatureMap {
    precondition(sum == nil, "a pooling adds nothing")
    let memory = try cpu.pool.block(floats: floats(in: primitive.destination))
    try primitive.run(x.memory.pointer, memory.pointer)
    return FeatureMap(plan: output, memory: memory)
  }
}

/// oneDNN's convolution for one size of image, with frozen batch norm folded into packed weights.
final class CPUConvolution: FeatureLayer {
  private let cpu: CPU
  let output: FeaturePlan
  private let packed: Memory
  private let bias: Memory
  private let primitive: Primitive
  private let enter: Primitive?
  private let addsSum: Bool

  init(
    _ cpu: CPU, _ weight: Parameter, scale: [Float], shift: [Float], shape: ConvolutionShape,
    relu: Bool, adding sum: FeaturePlan?, after input: FeaturePlan
  ) throws(TensorError) {
    precondition(
      weight.shape == [shape.outputs, shape.inputs, shape.kernel, shape.kernel]
        && scale.count == shape.outputs && shift.count == shape.outputs
        && input.channels == shape.inputs, "a convolution \(weight.shape) of \(input.channels)")
    self.cpu = cpu
    addsSum = sum != nil
    let (height, width) = (shape.output(of: input.height), shape.output(of: input.width))
    guard height > 0, width > 0 else {
      throw .shape("an image of \(input.width)×\(input.height) vanishes in the backbone")
    }
    let attributes = try Attributes()
    if sum != nil { try attributes.sum() }
    if relu { try attributes.activate(.relu) }
    let type = cpu.factorType
    let source =
      input.channels < 8
      ? try plain(1, shape.inputs, input.height, input.width, of: type)
      : try free(1, shape.inputs, input.height, input.width, of: type)
    var destination = try free(1, shape.outputs, height, width, of: type)
    if let sum { destination = try sum.order }
    let isFast = Self.gainsFromWinograd(shape, area: height * width, type)
    primitive = try Self.primitive(
      cpu, try Self.descriptor(shape, source, destination, type, dnnl_convolution_direct),
      isFast
        ? try Self.descriptor(shape, source, destination, type, dnnl_convolution_winograd) : nil,
      attributes)
    enter =
      areEqual(primitive.source, try input.order)
      ? nil : try Primitive(cpu.engine, reorder: try input.order, to: primitive.source)
    output = FeaturePlan(
      channels: shape.outputs, height: height, width: width,
      layout: FeatureLayout(primitive.destination))
    bias = try Memory(copying: Parameter(shift, shape: [shape.outputs]))
    packed = try Memory(floats: floats(in: primitive.weights))
    try Self.pack(cpu, weight, scale, to: primitive.weights, packed)
    try primitive.bind(Slot.source, primitive.source)
    try primitive.bind(Slot.destination, primitive.destination)
    try primitive.bind(Slot.weights, primitive.weights, packed.pointer)
    try primitive.bind(Slot.bias, try plain(shape.outputs), bias.pointer)
  }

  /// `wish`, where the library has it for these sizes and this processor.
  private static func primitive(
    _ cpu: CPU, _ plain: dnnl_convolution_desc_t, _ wish: dnnl_convolution_desc_t?,
    _ attributes: Attributes
  ) throws(TensorError) -> Primitive {
    if let wish, let made = try? Primitive(cpu.engine, wish, attributes, name: "convolve") {
      return made
    }
    return try Primitive(cpu.engine, plain, attributes, name: "convolve")
  }

  /// Whether F(4×4, 3×3) is worth its weights, which are four times as large (Lavin and Gray, 2016).
  ///
  /// In the full-size backbone, 2 cores of a Zen 5, oneDNN's takes the 23 layers of 256 channels on 40×40
  /// cells from 278 to 247 ms of the whole; those of 64, 128 and 512 channels gain less than the noise. With
  /// it boxes and logits are 1.0 to 1.6 times as far from double precision as PyTorch's floats; with all
  /// layers up to 2.1.
  private static func gainsFromWinograd(
    _ shape: ConvolutionShape, area: Int, _ type: dnnl_data_type_t
  ) -> Bool {
    type == dnnl_f32 && shape.kernel == 3 && shape.stride == 1 && shape.inputs >= 256
      && area >= 1_024
  }

  func callAsFunction(_ x: FeatureMap, adding sum: FeatureMap?) throws(TensorError) -> FeatureMap {
    precondition((sum != nil) == addsSum, "a sum where none was announced, or none")
    var source = x.memory
    if let enter {
      source = try cpu.pool.block(floats: floats(in: primitive.source))
      try enter.run(x.memory.pointer, source.pointer)
    }
    let memory: Memory
    if let sum {
      memory = sum.memory
    } else {
      memory = try cpu.pool.block(floats: floats(in: primitive.destination))
    }
    try primitive.run(source.pointer, memory.pointer)
    return FeatureMap(plan: output, memory: memory)
  }

  private static func descriptor(
    _ shape: ConvolutionShape, _ x: Layout, _ y: Layout, _ type: dnnl_data_type_t,
    _ algorithm: dnnl_alg_kind_t
  ) throws(TensorError) -> dnnl_convolution_desc_t {
    var (x, y) = (x, y)
    var weights = try free(shape.outputs, shape.inputs, shape.kernel, shape.kernel, of: type)
    var bias = try plain(shape.outputs)
    let strides = [Int64](repeating: Int64(shape.stride), count: 2)
    let before = [Int64](repeating: Int64(shape.padding), count: 2)
    func after(_ input: Int64, _ output: Int64) -> Int64 {
      (output - 1) * Int64(shape.stride) + Int64(shape.kernel - shape.padding) - input
    }
    let padding = [after(x.dims.2, y.dims.2), after(x.dims.3, y.dims.3)]
    var descriptor = dnnl_convolution_desc_t()
    try check(
      dnnl_convolution_forward_desc_init(
        &descriptor, dnnl_forward_inference, algorithm, &x, &weights, &bias, &y,
        strides, before, padding), "describe a convolution")
    return descriptor
  }

  /// weights[o] · scale[o], in the order that the library chose.
  private static func pack(
    _ cpu: CPU, _ weight: Parameter, _ scale: [Float], to layout: Layout, _ packed: Memory
  ) throws(TensorError) {
    guard let source = weight.pointer else { throw .shape("a weight without numbers") }
    let size = weight.count / scale.count
    let folded = try cpu.pool.block(floats: weight.count)
    let target = folded.pointer
    cpu.parallel(scale.count) { output in
      let (from, to, factor) = (source + output * size, target + output * size, scale[output])
      for index in 0..<size { to[index] = from[index] * factor }
    }
    guard Finiteness.holds(target, weight.count) else { throw .notFinite }
    let shape = weight.shape
    try Primitive(
      cpu.engine, reorder: try plain(shape[0], shape[1], shape[2], shape[3]), to: layout
    )
    .run(folded.pointer, packed.pointer)
    weight.releasePages()
  }
}
