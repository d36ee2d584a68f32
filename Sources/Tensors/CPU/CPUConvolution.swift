internal import COneDNN

/// oneDNN's convolution for one size of image, with frozen batch norm folded into packed weights.
///
/// In 8-bit integers where its input is of them.
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
    relu: Bool, adding sum: FeaturePlan?, range: Float?, after input: FeaturePlan
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
    let numbers: ConvolutionNumbers
    if let step = input.step {
      numbers = try ConvolutionNumbers(
        weight, inputStep: step, scale: scale, shift: shift, relu: relu, adding: sum, range: range)
    } else {
      numbers = ConvolutionNumbers(cpu.factorType, scale: scale, shift: shift, adding: sum)
    }
    let attributes = try Attributes()
    if let scales = numbers.outputScales { try attributes.scale(channelsBy: scales) }
    if let sum = numbers.sum { try attributes.sum(times: sum.scale, of: sum.type) }
    if relu { try attributes.activate(.relu) }
    let source =
      input.channels < 8
      ? try plain(1, shape.inputs, input.height, input.width, of: numbers.source)
      : try free(1, shape.inputs, input.height, input.width, of: numbers.source)
    var destination = try free(1, shape.outputs, height, width, of: numbers.destination)
    if let sum {
      destination = try sum.order
      destination.data_type = numbers.destination
    }
    let isFast = Self.gainsFromWinograd(shape, area: height * width, numbers.source)
    func descriptor(_ algorithm: dnnl_alg_kind_t) throws(TensorError) -> dnnl_convolution_desc_t {
      try Self.descriptor(shape, source, destination, numbers.weights, algorithm)
    }
    primitive = try Self.primitive(
      cpu, try descriptor(dnnl_convolution_direct),
      isFast ? try descriptor(dnnl_convolution_winograd) : nil, attributes)
    enter =
      areEqual(primitive.source, try input.order)
      ? nil : try Primitive(cpu.engine, reorder: try input.order, to: primitive.source)
    output = FeaturePlan(
      channels: shape.outputs, height: height, width: width,
      layout: FeatureLayout(primitive.destination), step: numbers.step)
    bias = try Memory(copying: Parameter(numbers.bias, shape: [shape.outputs]))
    let order = primitive.weights
    packed = try cpu.packed(order) { memory throws(TensorError) in
      try Self.pack(cpu, weight, numbers.weightFactors, to: order, memory)
    }
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
  /// In the full-size backbone, 2 cores of a Zen 5, oneDNN's takes the 22 layers of 256 channels on 40×40
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
    _ shape: ConvolutionShape, _ x: Layout, _ y: Layout, _ weightType: dnnl_data_type_t,
    _ algorithm: dnnl_alg_kind_t
  ) throws(TensorError) -> dnnl_convolution_desc_t {
    var (x, y) = (x, y)
    var weights = try free(shape.outputs, shape.inputs, shape.kernel, shape.kernel, of: weightType)
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
