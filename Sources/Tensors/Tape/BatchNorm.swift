internal import COneDNN

/// y = (x − mean) / √(variance + 10⁻⁵) · weight + bias for each channel (Ioffe and Szegedy, 2015), or the
/// larger of it and 0.
///
/// Mean and variance are those of the batch where the norm learns, and the running ones where it is frozen.
final class BatchNorm {
  private let tape: Tape
  private let weight, bias, mean, variance: Parameter
  private let plan: FeaturePlan
  private let forward, backward: Primitive
  /// Whether the tape lets norms learn, and this one is not frozen.
  let learns: Bool
  /// Where the rectifier's decisions are kept; nil without one.
  private let decisions: Layout?

  /// How much of a running statistic each batch replaces, as PyTorch does.
  private static let momentum: Float = 0.1

  init(
    _ tape: Tape, weight: Parameter, bias: Parameter, mean: Parameter, variance: Parameter,
    rectifies: Bool, of plan: FeaturePlan
  ) throws(TensorError) {
    self.tape = tape
    (self.weight, self.bias, self.mean, self.variance) = (weight, bias, mean, variance)
    self.plan = plan
    learns = tape.learnsNorms && TrainableParameters.gradient(of: weight) != nil
    let flags =
      dnnl_use_scale.rawValue | dnnl_use_shift.rawValue
      | (learns ? 0 : dnnl_use_global_stats.rawValue)
      | (rectifies ? dnnl_fuse_norm_relu.rawValue : 0)
    let x = try plan.order
    let vector = try Tensors.plain(plan.channels)
    forward = try Primitive(
      tape.cpu.engine, Self.forward(x, flags), name: "normalise a batch")
    try forward.bind(Slot.source, x)
    try forward.bind(Slot.destination, x)
    backward = try Primitive(
      tape.cpu.engine, Self.backward(x, flags), backwardOf: forward,
      name: "go back over a batch norm")
    try backward.bind(Slot.source, x)
    try backward.bind(Slot.destinationGradient, x)
    try backward.bind(Slot.sourceGradient, x)
    let inputs = [Slot.mean, Slot.variance, Slot.scale, Slot.shift]
    for slot in inputs { try forward.bind(slot, vector) }
    for slot in inputs + [Slot.scaleGradient, Slot.shiftGradient] {
      try backward.bind(slot, vector)
    }
    decisions = rectifies ? forward.layout(of: dnnl_query_workspace_md) : nil
    if let decisions {
      try forward.bind(Slot.workspace, decisions)
      try backward.bind(Slot.workspace, decisions)
    }
  }

  private static func forward(
    _ x: Layout, _ flags: UInt32
  ) throws(TensorError) -> dnnl_batch_normalization_desc_t {
    var (x, descriptor) = (x, dnnl_batch_normalization_desc_t())
    try check(
      dnnl_batch_normalization_forward_desc_init(
        &descriptor, dnnl_forward_training, &x, ChannelTransform.epsilon, flags),
      "describe a batch norm")
    return descriptor
  }

  private static func backward(
    _ x: Layout, _ flags: UInt32
  ) throws(TensorError) -> dnnl_batch_normalization_desc_t {
    var (x, dx, descriptor) = (x, x, dnnl_batch_normalization_desc_t())
    try check(
      dnnl_batch_normalization_backward_desc_init(
        &descriptor, dnnl_backward, &dx, &x, ChannelTransform.epsilon, flags),
      "describe a batch norm's way back")
    return descriptor
  }

  func callAsFunction(_ x: Memory) throws(TensorError) -> Memory {
    let pool = tape.cpu.pool
    let y = try pool.block(floats: plan.count)
    let (mean, variance) = try statistics()
    let (gain, offset) = (try numbers(weight), try numbers(bias))
    let kept = try decisions.map { (layout) throws(TensorError) in
      try pool.block(floats: floats(in: layout))
    }
    let places = [x.pointer, y.pointer, mean.pointer, variance.pointer, gain, offset]
    try forward.run(
      (places + [kept?.pointer].compactMap { $0 }).map { UnsafeMutableRawPointer($0) })
    if learns { updateRunning(mean, variance) }
    tape.record { [self] () throws(TensorError) in
      guard let dy = tape.knownGradient(of: y) else { return }
      let (dw, db) = (
        try pool.block(floats: plan.channels), try pool.block(floats: plan.channels)
      )
      try tape.contribute(to: x, floats: plan.count) { (dx) throws(TensorError) in
        let places = [
          x.pointer, dy.pointer, dx, mean.pointer, variance.pointer, gain, offset, dw.pointer,
          db.pointer,
        ]
        try backward.run(
          (places + [kept?.pointer].compactMap { $0 }).map { UnsafeMutableRawPointer($0) })
      }
      guard learns else { return }
      add(dw, to: weight)
      add(db, to: bias)
    }
    return y
  }

  /// Room for the batch's statistics, or the running ones.
  private func statistics() throws(TensorError) -> (mean: Memory, variance: Memory) {
    let pool = tape.cpu.pool
    let both = (try pool.block(floats: plan.channels), try pool.block(floats: plan.channels))
    if !learns {
      both.0.pointer.update(from: try numbers(mean), count: plan.channels)
      both.1.pointer.update(from: try numbers(variance), count: plan.channels)
    }
    return both
  }

  private func numbers(_ parameter: Parameter) throws(TensorError) -> UnsafeMutablePointer<Float> {
    guard let pointer = parameter.pointer else { throw .shape("a batch norm without numbers") }
    return UnsafeMutablePointer(mutating: pointer)
  }

  private func add(_ gradient: Memory, to parameter: Parameter) {
    guard let sum = TrainableParameters.gradient(of: parameter) else { return }
    for channel in 0..<plan.channels { sum[channel] += gradient.pointer[channel] }
  }

  private func updateRunning(_ mean: Memory, _ variance: Memory) {
    guard let means = TrainableParameters.values(of: self.mean),
      let variances = TrainableParameters.values(of: self.variance)
    else { return }
    let count = Float(plan.images * plan.height * plan.width)
    let unbiased = count / max(1, count - 1)
    let new = Self.momentum
    for channel in 0..<plan.channels {
      means[channel] += new * (mean.pointer[channel] - means[channel])
      variances[channel] += new * (variance.pointer[channel] * unbiased - variances[channel])
    }
  }
}
