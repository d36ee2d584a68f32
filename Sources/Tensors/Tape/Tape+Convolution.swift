internal import COneDNN

extension Tape {
  public func featurePlan(channels: Int, height: Int, width: Int) throws(TensorError)
    -> FeaturePlan
  {
    let layout = try channelsLast(channels, height, width, images: images)
    return FeaturePlan(
      images: images, channels: channels, height: height, width: width,
      layout: FeatureLayout(layout))
  }

  /// - pixels: [images, channels, height, width]
  public func featureMap(_ pixels: [Float], channels: Int, height: Int, width: Int)
    throws(TensorError) -> FeatureMap
  {
    let plan = try featurePlan(channels: channels, height: height, width: width)
    precondition(pixels.count == plan.count, "\(pixels.count) numbers, not \(plan.count)")
    let memory = try cpu.pool.block(floats: plan.count)
    let area = height * width
    pixels.withUnsafeBufferPointer { source in
      for image in 0..<images {
        let target = memory.pointer + image * channels * area
        for channel in 0..<channels {
          let start = (image * channels + channel) * area
          for place in 0..<area { target[place * channels + channel] = source[start + place] }
        }
      }
    }
    markConstant(memory)
    return FeatureMap(plan: plan, memory: memory)
  }

  /// [images, channels, height, width]
  public func values(of map: FeatureMap) throws(TensorError) -> [Float] {
    let plan = map.plan
    let area = plan.height * plan.width
    return (0..<plan.count).map { place in
      let (image, rest) = place.quotientAndRemainder(dividingBy: plan.channels * area)
      let (channel, cell) = rest.quotientAndRemainder(dividingBy: area)
      return map.memory.pointer[(image * area + cell) * plan.channels + channel]
    }
  }

  /// [images · height · width, channels], in the map's own memory.
  public func tokens(of map: FeatureMap) throws(TensorError) -> Tensor {
    Tensor(
      rows: map.plan.images * map.plan.height * map.plan.width, columns: map.plan.channels,
      memory: map.memory)
  }

  public func convolution(
    _ weight: Parameter, _ transform: ChannelTransform, shape: ConvolutionShape, relu: Bool,
    adding sum: FeaturePlan?, range: Float?, after input: FeaturePlan
  ) throws(TensorError) -> any FeatureLayer {
    try TapeConvolution(self, weight, transform, shape: shape, relu: relu, adding: sum, after: input)
  }

  public func maxPool(range: Float?, after input: FeaturePlan) throws(TensorError)
    -> any FeatureLayer
  { try TapePooling(self, after: input) }
}

extension FeaturePlan {
  /// How many numbers it has.
  var count: Int { images * channels * height * width }
}

/// [images, channels, height, width] with the channels of a cell beside each other.
func channelsLast(
  _ channels: Int, _ height: Int, _ width: Int, images: Int
) throws(TensorError) -> Layout {
  try strided(
    [images, channels, height, width], [channels * height * width, 1, width * channels, channels])
}

/// A convolution, what is done to its channels, a sum and a rectifier.
final class TapeConvolution: FeatureLayer {
  let output: FeaturePlan
  private let tape: Tape
  private let product: ConvolutionProduct
  /// Nil where only a bias is added, which the product does.
  private let norm: BatchNorm?
  private let relu: Bool

  init(
    _ tape: Tape, _ weight: Parameter, _ transform: ChannelTransform, shape: ConvolutionShape,
    relu: Bool, adding sum: FeaturePlan?, after input: FeaturePlan
  ) throws(TensorError) {
    self.tape = tape
    self.relu = relu
    let (height, width) = (shape.output(of: input.height), shape.output(of: input.width))
    guard height > 0, width > 0 else {
      throw .shape("an image of \(input.width)×\(input.height) vanishes in the backbone")
    }
    output = try tape.featurePlan(channels: shape.outputs, height: height, width: width)
    switch transform {
    case .constant: throw .shape("nothing learns through a transform of constants")
    case .bias(let bias):
      product = try ConvolutionProduct(tape, weight, bias, shape, from: input, to: output)
      norm = nil
    case .batchNorm(let gain, let bias, let mean, let variance):
      product = try ConvolutionProduct(tape, weight, nil, shape, from: input, to: output)
      norm = try BatchNorm(
        tape, weight: gain, bias: bias, mean: mean, variance: variance,
        rectifies: relu && sum == nil, of: output)
    }
  }

  func callAsFunction(_ x: FeatureMap, adding sum: FeatureMap?) throws(TensorError) -> FeatureMap {
    let raw = try product(x)
    let y = try norm.map { (norm) throws(TensorError) in try norm(raw) } ?? raw
    if let sum {
      try add(sum, to: y)
    } else if relu, norm == nil {
      throw .shape("a rectifier without a batch norm or a sum before it")
    }
    return FeatureMap(plan: output, memory: y)
  }

  /// y = max(0, y + sum), or without the maximum, over the memory of y. Nobody needs y as it was: batch
  /// norms keep their input.
  ///
  /// ∂y ← ∂y where y > 0, else 0    ∂sum += ∂y
  private func add(_ sum: FeatureMap, to y: Memory) throws(TensorError) {
    let (target, added, count, relu) = (y.pointer, sum.memory.pointer, output.count, relu)
    tape.cpu.spread(count) { range in
      forEachVector(of: range) { place in
        let value = target.vector(place) + added.vector(place)
        target.setVector(place, relu ? pointwiseMax(value, .zero) : value)
      }
    }
    tape.record { [tape] () throws(TensorError) in
      guard let dy = tape.knownGradient(of: y) else { return }
      let (slope, values) = (dy.pointer, y.pointer)
      try tape.contribute(to: sum.memory, floats: count) { block in
        tape.cpu.spread(count) { range in
          forEachVector(of: range) { place in
            var value = slope.vector(place)
            if relu { value.replace(with: SIMD16<Float>.zero, where: values.vector(place) .<= .zero) }
            slope.setVector(place, value)
            block.setVector(place, value)
          }
        }
      }
    }
  }
}

/// y = x ∗ W + bias, without what comes after it.
final class ConvolutionProduct {
  private let tape: Tape
  private let weight: Parameter
  private let bias: Parameter?
  private let input, output: FeaturePlan
  private let forward: Primitive
  private let toInput: Primitive?
  private let toWeight: Primitive
  private let pack, packBack, unpack: Primitive

  init(
    _ tape: Tape, _ weight: Parameter, _ bias: Parameter?, _ shape: ConvolutionShape,
    from input: FeaturePlan, to output: FeaturePlan
  ) throws(TensorError) {
    self.tape = tape
    self.weight = weight
    self.bias = bias
    self.input = input
    self.output = output
    let engine = tape.cpu.engine
    let sizes = ConvolutionSizes(shape, input, output)
    let (x, y) = (try input.order, try output.order)
    let order = try plain(shape.outputs, shape.inputs, shape.kernel, shape.kernel)
    let offset = bias == nil ? nil : try plain(shape.outputs)
    forward = try Primitive(engine, sizes.forward(x, offset, y), name: "convolve")
    try forward.bind(Slot.source, x)
    try forward.bind(Slot.weights, forward.weights)
    try forward.bind(Slot.destination, y)
    if let offset { try forward.bind(Slot.bias, offset) }
    pack = try Primitive(engine, reorder: order, to: forward.weights)
    let toWeight = try Primitive(
      engine, sizes.toWeight(x, offset, y), backwardOf: forward, name: "go back to weights")
    let found = toWeight.layout(of: dnnl_query_diff_weights_md)
    try toWeight.bind(Slot.source, x)
    try toWeight.bind(Slot.destinationGradient, y)
    try toWeight.bind(Slot.weightsGradient, found)
    if let offset { try toWeight.bind(Slot.biasGradient, offset) }
    self.toWeight = toWeight
    unpack = try Primitive(engine, reorder: found, to: order)
    let toInput = try Primitive(
      engine, sizes.toInput(x, y), backwardOf: forward, name: "go back to the input")
    try toInput.bind(Slot.destinationGradient, y)
    try toInput.bind(Slot.weights, toInput.weights)
    try toInput.bind(Slot.sourceGradient, x)
    self.toInput = toInput
    packBack = try Primitive(engine, reorder: order, to: toInput.weights)
  }

  func callAsFunction(_ x: FeatureMap) throws(TensorError) -> Memory {
    let pool = tape.cpu.pool
    let y = try pool.block(floats: output.count)
    let packed = try packed(by: pack)
    if let offset = bias?.pointer {
      try forward.run(
        x.memory.pointer, packed.pointer, y.pointer, UnsafeMutablePointer(mutating: offset))
    } else {
      try forward.run(x.memory.pointer, packed.pointer, y.pointer)
    }
    tape.record { [self] () throws(TensorError) in
      guard let dy = tape.knownGradient(of: y) else { return }
      try backwardToWeight(x.memory, dy)
      guard let toInput, !tape.isConstant(x.memory) else { return }
      let packed = try self.packed(by: packBack)
      try tape.contribute(to: x.memory, floats: input.count) { (dx) throws(TensorError) in
        try toInput.run(dy.pointer, packed.pointer, dx)
      }
    }
    return y
  }

  private func packed(by reorder: Primitive) throws(TensorError) -> Memory {
    guard let numbers = weight.pointer else { throw .shape("a weight without numbers") }
    let packed = try tape.cpu.pool.block(floats: floats(in: reorder.destination))
    try reorder.run(UnsafeMutablePointer(mutating: numbers), packed.pointer)
    return packed
  }

  private func backwardToWeight(_ x: Memory, _ dy: Memory) throws(TensorError) {
    guard let dw = TrainableParameters.gradient(of: weight) else { return }
    let pool = tape.cpu.pool
    let found = try pool.block(floats: floats(in: unpack.source))
    let offsets = try pool.block(floats: output.channels)
    if bias == nil {
      try toWeight.run(x.pointer, dy.pointer, found.pointer)
    } else {
      try toWeight.run(x.pointer, dy.pointer, found.pointer, offsets.pointer)
    }
    let plain = try pool.block(floats: weight.count)
    try unpack.run(found.pointer, plain.pointer)
    let added = plain.pointer
    for place in 0..<weight.count { dw[place] += added[place] }
    if let bias, let db = TrainableParameters.gradient(of: bias) {
      for channel in 0..<output.channels { db[channel] += offsets.pointer[channel] }
    }
  }
}

/// oneDNN's descriptions of a convolution and its backward operations.
private struct ConvolutionSizes {
  private let shape: ConvolutionShape
  private let strides, before, after: [Int64]

  init(_ shape: ConvolutionShape, _ input: FeaturePlan, _ output: FeaturePlan) {
    self.shape = shape
    strides = [Int64](repeating: Int64(shape.stride), count: 2)
    before = [Int64](repeating: Int64(shape.padding), count: 2)
    after = [(input.height, output.height), (input.width, output.width)].map { input, output in
      Int64((output - 1) * shape.stride + shape.kernel - shape.padding - input)
    }
  }

  private func weights() throws(TensorError) -> Layout {
    try free(shape.outputs, shape.inputs, shape.kernel, shape.kernel)
  }

  func forward(_ x: Layout, _ bias: Layout?, _ y: Layout) throws(TensorError)
    -> dnnl_convolution_desc_t
  {
    var (x, y, weights, bias) = (x, y, try weights(), bias ?? Layout())
    var descriptor = dnnl_convolution_desc_t()
    try check(
      dnnl_convolution_forward_desc_init(
        &descriptor, dnnl_forward_training, dnnl_convolution_direct, &x, &weights, &bias, &y,
        strides, before, after), "describe a convolution")
    return descriptor
  }

  func toInput(_ x: Layout, _ y: Layout) throws(TensorError) -> dnnl_convolution_desc_t {
    var (x, y, weights) = (x, y, try weights())
    var descriptor = dnnl_convolution_desc_t()
    try check(
      dnnl_convolution_backward_data_desc_init(
        &descriptor, dnnl_convolution_direct, &x, &weights, &y, strides, before, after),
      "describe a convolution's way back to its input")
    return descriptor
  }

  func toWeight(_ x: Layout, _ bias: Layout?, _ y: Layout) throws(TensorError)
    -> dnnl_convolution_desc_t
  {
    var (x, y, weights, bias) = (x, y, try weights(), bias ?? Layout())
    var descriptor = dnnl_convolution_desc_t()
    try check(
      dnnl_convolution_backward_weights_desc_init(
        &descriptor, dnnl_convolution_direct, &x, &weights, &bias, &y, strides, before, after),
      "describe a convolution's way back to its weights")
    return descriptor
  }
}
