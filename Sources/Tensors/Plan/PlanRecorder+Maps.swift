internal import Glibc

extension PlanRecorder {
  public func featurePlan(channels: Int, height: Int, width: Int) throws(TensorError)
    -> FeaturePlan
  { FeaturePlan(channels: channels, height: height, width: width, layout: nil) }

  /// - pixels: of all images; only their number counts.
  public func featureMap(_ pixels: [Float], channels: Int, height: Int, width: Int)
    throws(TensorError) -> FeatureMap
  {
    let (area, images) = (height * width, size.images)
    precondition(pixels.count == images * channels * area, "\(pixels.count) pixels")
    let memory = try memory(bytes: pixels.count * factors.bytes)
    try launch(
      "interleave", [slot(.pixels, bytes: 4 * pixels.count), place(of: memory)],
      [channels, area, images], numbers: pixels.count)
    return FeatureMap(
      plan: FeaturePlan(
        images: images, channels: channels, height: height, width: width, layout: nil),
      memory: memory)
  }

  public func tokens(of map: FeatureMap) throws(TensorError) -> Tensor {
    let plan = map.plan
    let rows = plan.images * plan.height * plan.width
    if factors == .f32 {
      return Tensor(rows: rows, columns: plan.channels, memory: map.memory)
    }
    let result = try activation(rows: rows, columns: plan.channels, isFactor: false)
    let count = rows * plan.channels
    try launch("widen", [place(of: map.memory), place(of: result)], [count], numbers: count)
    return result
  }

  /// True; the run notices what is not.
  public func isSound(_ map: FeatureMap) throws(TensorError) -> Bool {
    let plan = map.plan
    try watch(
      place(of: map.memory), numbers: plan.images * plan.channels * plan.height * plan.width,
      isFactor: true, images: plan.images)
    return true
  }

  public func convolution(
    _ weight: Parameter, _ transform: ChannelTransform, shape: ConvolutionShape, relu: Bool,
    adding sum: FeaturePlan?, range: Float?, after input: FeaturePlan
  ) throws(TensorError) -> any FeatureLayer {
    try PlanConvolution(self, weight, transform, shape: shape, relu: relu, after: input)
  }

  public func maxPool(range: Float?, after input: FeaturePlan) throws(TensorError)
    -> any FeatureLayer
  { PlanPooling(self, after: input) }

  /// base ^ exponent
  func power(_ base: Float, _ exponent: Float) -> Float { powf(base, exponent) }
}

/// A product over what the convolution sees from each place, which is unfolded before it where there is more to see
/// than the place itself.
final class PlanConvolution: FeatureLayer {
  let output: FeaturePlan
  private let recorder: PlanRecorder
  private let shape: ConvolutionShape
  private let relu: Bool
  private let weight: PlanPlace
  private let bias: PlanPlace
  private let columns: Int

  /// Which a block of `unfold` goes through: four for each thread.
  private static let piecesOfBlock = 1024
  /// Of what is unfolded at a time, so that it is still near the arithmetic when the product reads it.
  private static let unfoldedBytesMax = 64 << 20

  init(
    _ recorder: PlanRecorder, _ weight: Parameter, _ transform: ChannelTransform,
    shape: ConvolutionShape, relu: Bool, after input: FeaturePlan
  ) throws(TensorError) {
    self.recorder = recorder
    self.shape = shape
    self.relu = relu
    let (height, width) = (shape.output(of: input.height), shape.output(of: input.width))
    guard height > 0, width > 0 else {
      throw .shape("an image of \(input.width)×\(input.height) vanishes in the backbone")
    }
    output = FeaturePlan(channels: shape.outputs, height: height, width: width, layout: nil)
    let (scale, shift) = transform.folded
    let seen = shape.inputs * shape.kernel * shape.kernel
    // Matrix units want rows of 16 bytes.
    columns = Self.isPlain(shape) ? seen : (seen + 7) / 8 * 8
    self.weight = recorder.weight(
      PlanWeight(convolution: weight, scale: scale, columns: columns, as: recorder.factors))
    bias = recorder.weight(
      PlanWeight(Parameter(shift, shape: [shift.count]), as: recorder.factors))
  }

  private static func isPlain(_ shape: ConvolutionShape) -> Bool {
    shape.kernel == 1 && shape.stride == 1 && shape.padding == 0
  }

  func callAsFunction(_ x: FeatureMap, adding sum: FeatureMap?) throws(TensorError) -> FeatureMap {
    var plan = output
    plan.images = x.plan.images
    let cells = plan.height * plan.width
    let rowBytes = shape.outputs * recorder.factors.bytes
    let memory =
      if let sum { sum.memory } else {
        try recorder.memory(bytes: plan.images * cells * rowBytes)
      }
    let step =
      Self.isPlain(shape)
      ? plan.images
      : min(
        max(1, Self.unfoldedBytesMax / (cells * columns * recorder.factors.bytes)),
        max(1, PlanGrid.deepest / plan.height))
    for first in stride(from: 0, to: plan.images, by: step) {
      let images = min(step, plan.images - first)
      let y = recorder.place(of: memory, bytes: first * cells * rowBytes)
      let source =
        Self.isPlain(shape)
        ? recorder.place(of: x.memory) : try unfold(x, first: first, images: images)
      recorder.record(
        .product(
          PlanProduct(
            x: source, weight: weight, bias: bias, sum: sum == nil ? .nothing : y, y: y,
            rows: images * cells, inputs: columns, outputs: shape.outputs, stride: columns,
            isRectified: relu, isWide: recorder.factors == .f32)))
    }
    return FeatureMap(plan: plan, memory: memory)
  }

  private func unfold(_ x: FeatureMap, first: Int, images: Int) throws(TensorError) -> PlanPlace {
    let rows = images * output.height * output.width
    let bytes = recorder.factors.bytes
    let unfolded = try recorder.memory(bytes: rows * columns * bytes)
    let area = x.plan.height * x.plan.width
    // In pieces of 16 bytes where channels come in such.
    let piece = shape.inputs * bytes % 16 == 0 ? 16 / bytes : 1
    try recorder.launch(
      piece > 1 ? "unfold_wide" : "unfold",
      [
        recorder.place(of: x.memory, bytes: first * area * shape.inputs * bytes),
        recorder.place(of: unfolded),
      ],
      [
        x.plan.height, x.plan.width, shape.inputs / piece, shape.kernel, shape.stride,
        shape.padding, output.height, output.width, columns / piece,
      ],
      PlanGrid(
        x: (output.width * columns / piece + Self.piecesOfBlock - 1) / Self.piecesOfBlock,
        y: images * output.height), threads: 256)
    return recorder.place(of: unfolded)
  }
}

/// The maximum over windows of 3×3, every second one.
final class PlanPooling: FeatureLayer {
  let output: FeaturePlan
  private let recorder: PlanRecorder

  init(_ recorder: PlanRecorder, after input: FeaturePlan) {
    self.recorder = recorder
    output = FeaturePlan(
      channels: input.channels, height: (input.height - 1) / 2 + 1,
      width: (input.width - 1) / 2 + 1, layout: nil)
  }

  func callAsFunction(_ x: FeatureMap, adding sum: FeatureMap?) throws(TensorError) -> FeatureMap {
    precondition(sum == nil, "a pooling adds nothing")
    var plan = output
    plan.images = x.plan.images
    let count = plan.images * plan.height * plan.width * plan.channels
    let memory = try recorder.memory(bytes: count * recorder.factors.bytes)
    try recorder.launch(
      "max_pool", [recorder.place(of: x.memory), recorder.place(of: memory)],
      [x.plan.height, x.plan.width, plan.channels, plan.height, plan.width, plan.images],
      numbers: count)
    return FeatureMap(plan: plan, memory: memory)
  }
}
