internal import COneDNN

/// y = x ∗ W + bias, without what comes after it.
final class ConvolutionProduct {
  /// Whether its weights or its bias do.
  let learns: Bool
  private let tape: Tape
  private let weight: Parameter
  private let bias: Parameter?
  private let input, output: FeaturePlan
  private let forward: Primitive
  private let toInput: Primitive
  private let toWeight: Primitive
  private let pack, packBack, unpack: Primitive

  init(
    _ tape: Tape, _ weight: Parameter, _ bias: Parameter?, _ shape: ConvolutionShape,
    from input: FeaturePlan, to output: FeaturePlan
  ) throws(TensorError) {
    learns =
      TrainableParameters.gradient(of: weight) != nil
      || bias.flatMap { TrainableParameters.gradient(of: $0) } != nil
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
    toInput = try Primitive(
      engine, sizes.toInput(x, y), backwardOf: forward, name: "go back to the input")
    try toInput.bind(Slot.destinationGradient, y)
    try toInput.bind(Slot.weights, toInput.weights)
    try toInput.bind(Slot.sourceGradient, x)
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
      guard !tape.isConstant(x.memory) else { return }
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
