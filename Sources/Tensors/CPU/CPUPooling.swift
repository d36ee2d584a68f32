internal import COneDNN

/// oneDNN's maximum over windows of 3×3, every second one.
final class CPUPooling: FeatureLayer {
  let output: FeaturePlan
  private let cpu: CPU
  private let primitive: Primitive
  /// To 8 bits.
  private let leave: Primitive?

  init(_ cpu: CPU, range: Float?, after input: FeaturePlan) throws(TensorError) {
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
    guard let range, cpu.precision == .int8 else {
      leave = nil
      output = FeaturePlan(
        channels: input.channels, height: height, width: width,
        layout: FeatureLayout(primitive.destination))
      return
    }
    let step = ByteRange.positive.step(range)
    let bytes = try channelsLast(input.channels, height, width, of: dnnl_u8)
    leave = try Primitive(
      cpu.engine, reorder: primitive.destination, to: bytes, times: 1 / step)
    output = FeaturePlan(
      channels: input.channels, height: height, width: width, layout: FeatureLayout(bytes),
      step: step)
  }

  func callAsFunction(_ x: FeatureMap, adding sum: FeatureMap?) throws(TensorError) -> FeatureMap {
    precondition(sum == nil, "a pooling adds nothing")
    let memory = try cpu.pool.block(floats: floats(in: primitive.destination))
    try primitive.run(x.memory.pointer, memory.pointer)
    guard let leave else { return FeatureMap(plan: output, memory: memory) }
    let bytes = try cpu.pool.block(floats: floats(in: leave.destination))
    try leave.run(memory.pointer, bytes.pointer)
    return FeatureMap(plan: output, memory: bytes)
  }
}
