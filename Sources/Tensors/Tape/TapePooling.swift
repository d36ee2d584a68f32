internal import COneDNN

/// The maximum over windows of 3×3, every second one; going back, all goes to where it came from.
final class TapePooling: FeatureLayer {
  let output: FeaturePlan
  private let input: FeaturePlan
  private let tape: Tape
  private let forward, backward: Primitive
  private let places: Layout

  init(_ tape: Tape, after input: FeaturePlan) throws(TensorError) {
    self.tape = tape
    self.input = input
    let (height, width) = ((input.height - 1) / 2 + 1, (input.width - 1) / 2 + 1)
    let after = [height * 2 - input.height, width * 2 - input.width].map { Int64($0) }
    output = try tape.featurePlan(channels: input.channels, height: height, width: width)
    var (x, y) = (try input.order, try output.order)
    var ahead = dnnl_pooling_desc_t()
    try check(
      dnnl_pooling_forward_desc_init(
        &ahead, dnnl_forward_training, dnnl_pooling_max, &x, &y, [2, 2], [3, 3], [1, 1], after),
      "describe a pooling")
    forward = try Primitive(tape.cpu.engine, ahead, name: "pool")
    places = forward.layout(of: dnnl_query_workspace_md)
    try forward.bind(Slot.source, x)
    try forward.bind(Slot.destination, y)
    try forward.bind(Slot.workspace, places)
    var back = dnnl_pooling_desc_t()
    try check(
      dnnl_pooling_backward_desc_init(
        &back, dnnl_pooling_max, &x, &y, [2, 2], [3, 3], [1, 1], after),
      "describe a pooling's way back")
    backward = try Primitive(
      tape.cpu.engine, back, backwardOf: forward, name: "go back over a pooling")
    try backward.bind(Slot.destinationGradient, y)
    try backward.bind(Slot.workspace, places)
    try backward.bind(Slot.sourceGradient, x)
  }

  func callAsFunction(_ x: FeatureMap, adding sum: FeatureMap?) throws(TensorError) -> FeatureMap {
    precondition(sum == nil, "a pooling adds nothing")
    let y = try tape.cpu.pool.block(floats: output.count)
    let origins = try tape.cpu.pool.block(floats: floats(in: places))
    try forward.run(x.memory.pointer, y.pointer, origins.pointer)
    tape.record { [self] () throws(TensorError) in
      guard let dy = tape.knownGradient(of: y) else { return }
      try tape.contribute(to: x.memory, floats: input.count) { (dx) throws(TensorError) in
        try backward.run(dy.pointer, origins.pointer, dx)
      }
    }
    if tape.isConstant(x.memory) { tape.markConstant(y) }
    return FeatureMap(plan: output, memory: y)
  }
}
