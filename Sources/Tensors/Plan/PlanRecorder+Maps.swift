internal import Glibc

extension PlanRecorder {
  public func featurePlan(channels: Int, height: Int, width: Int) throws(TensorError)
    -> FeaturePlan
  { FeaturePlan(channels: channels, height: height, width: width, layout: nil) }

  /// The planes that a run is given, as they come: floats, or samples if the plan's size says so.
  ///
  /// - pixels: of all images; only their number counts.
  public func featureMap(_ pixels: [Float], channels: Int, height: Int, width: Int)
    throws(TensorError) -> FeatureMap
  {
    let planes = size.samplePlanes
    precondition(pixels.count == size.images * channels * height * width, "\(pixels.count) pixels")
    precondition(
      planes == 0 || channels == 3 && sampleTable.count == 3 * 256,
      "samples of \(channels) channels with a table of \(sampleTable.count)")
    let bytes = planes == 0 ? 4 * pixels.count : pixels.count / channels * planes
    guard case .activation(let buffer, _) = slot(.pixels, bytes: bytes) else {
      preconditionFailure("a slot that is no activation")
    }
    let memory = try Memory(standingFor: (bytes + 3) / 4)
    hold(memory, as: .buffer(buffer, .even))
    return FeatureMap(
      plan: FeaturePlan(
        images: size.images, channels: channels, height: height, width: width, layout: nil),
      memory: memory)
  }

  /// Whether a map is still the planes that a run is given. Every map of a plan comes from them, so that the slot is
  /// known.
  func isPlanes(_ map: FeatureMap) -> Bool {
    place(of: map.memory) == slot(.pixels, bytes: 0)
  }

  /// What samples become, where a run is given such.
  func tableOfSamples() -> PlanPlace {
    size.samplePlanes == 0 ? .nothing : constant(FactorKind.f32.bytes(of: sampleTable))
  }

  /// A map as factors, channels innermost, which it is unless it is still planes.
  func interleaved(_ map: FeatureMap) throws(TensorError) -> FeatureMap {
    guard isPlanes(map) else { return map }
    let plan = map.plan
    let (area, count) = (plan.height * plan.width, plan.channels * plan.height * plan.width)
    let memory = try memory(bytes: plan.images * count * factors.bytes)
    try launch(
      "interleave", [place(of: map.memory), place(of: memory), tableOfSamples()],
      [plan.channels, area, plan.images, size.samplePlanes], numbers: plan.images * count)
    return FeatureMap(plan: plan, memory: memory)
  }

  public func tokens(of map: FeatureMap) throws(TensorError) -> Tensor {
    let map = try interleaved(map)
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
    let map = try interleaved(map)
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

  /// The network's first convolution, which sees planes as they are.
  private var isStem: Bool {
    (shape.inputs, shape.kernel, shape.stride, shape.padding) == (3, 7, 2, 3)
  }

  func callAsFunction(_ x: FeatureMap, adding sum: FeatureMap?) throws(TensorError) -> FeatureMap {
    var plan = output
    plan.images = x.plan.images
    let cells = plan.height * plan.width
    let rowBytes = shape.outputs * recorder.factors.bytes
    let seesPlanes = isStem && recorder.isPlanes(x)
    let x = seesPlanes ? x : try recorder.interleaved(x)
    let table = seesPlanes ? recorder.tableOfSamples() : .nothing
    let memory =
      if let sum { sum.memory } else {
        try recorder.memory(bytes: plan.images * cells * rowBytes)
      }
    let step = Self.isPlain(shape) ? plan.images : imagesUnfolded(cells: cells)
    for first in stride(from: 0, to: plan.images, by: step) {
      let images = min(step, plan.images - first)
      let y = recorder.place(of: memory, bytes: first * cells * rowBytes)
      let source =
        if Self.isPlain(shape) {
          recorder.place(of: x.memory)
        } else if seesPlanes {
          try unfoldPlanes(x, table, first: first, images: images)
        } else {
          try unfold(x, first: first, images: images)
        }
      recorder.record(
        .product(
          PlanProduct(
            x: source, weight: weight, bias: bias, sum: sum == nil ? .nothing : y, y: y,
            rows: images * cells, inputs: columns, outputs: shape.outputs, stride: columns,
            isRectified: relu, isWide: recorder.factors == .f32)))
    }
    return FeatureMap(plan: plan, memory: memory)
  }

  /// Images that are unfolded at a time.
  private func imagesUnfolded(cells: Int) -> Int {
    let most = max(1, Self.unfoldedBytesMax / (cells * columns * recorder.factors.bytes))
    return min(most, max(1, PlanGrid.deepest / output.height))
  }

  /// - table: of samples.
  private func unfoldPlanes(
    _ x: FeatureMap, _ table: PlanPlace, first: Int, images: Int
  ) throws(TensorError) -> PlanPlace {
    let planes = recorder.size.samplePlanes
    let area = x.plan.height * x.plan.width
    let unfolded = try recorder.memory(
      bytes: images * output.height * output.width * columns * recorder.factors.bytes)
    try recorder.launch(
      "unfold_stem",
      [
        recorder.place(of: x.memory, bytes: first * area * (planes == 0 ? 12 : planes)),
        recorder.place(of: unfolded), table,
      ], [x.plan.height, x.plan.width, output.height, output.width, planes],
      PlanGrid(x: (output.width + 63) / 64, y: (output.height + 3) / 4, z: images), threads: 304)
    return recorder.place(of: unfolded)
  }

  private func unfold(_ x: FeatureMap, first: Int, images: Int) throws(TensorError) -> PlanPlace {
    let rows = images * output.height
    let bytes = recorder.factors.bytes
    let unfolded = try recorder.memory(bytes: rows * output.width * columns * bytes)
    let area = x.plan.height * x.plan.width
    // In pieces of 16 bytes where channels come in such.
    let piece = shape.inputs * bytes % 16 == 0 ? 16 / bytes : 1
    let share = UnfoldShare(columns: columns / piece, places: output.width, rows: rows)
    try recorder.launch(
      piece > 1 ? "unfold_wide" : "unfold",
      [
        recorder.place(of: x.memory, bytes: first * area * shape.inputs * bytes),
        recorder.place(of: unfolded),
      ],
      [
        x.plan.height, x.plan.width, shape.inputs / piece, shape.kernel, shape.stride,
        shape.padding, output.height, output.width, columns / piece, share.columns, share.walk,
      ], share.grid, threads: share.threads)
    return recorder.place(of: unfolded)
  }
}

/// How what a convolution sees is shared out: a thread keeps a column and walks over places of a row.
struct UnfoldShare {
  /// Of a block.
  let columns: Int
  /// Places that each thread walks over.
  let walk: Int
  let threads: Int
  let grid: PlanGrid

  private static let columnsMax = 320
  private static let threadsWanted = 288
  private static let walkMax = 8
  /// Pieces below which more threads are better than longer walks.
  private static let piecesWanted = 1 << 17

  /// - columns: pieces of a row of what is seen.
  /// - places: of a row of the result.
  /// - rows: of the results of all images.
  init(columns all: Int, places: Int, rows: Int) {
    let slices = (all + Self.columnsMax - 1) / Self.columnsMax
    columns = (all + slices - 1) / slices
    let abreast = max(1, Self.threadsWanted / columns)
    threads = columns * abreast
    walk = min(max(1, rows * places * all / Self.piecesWanted), Self.walkMax)
    let span = abreast * walk
    grid = PlanGrid(x: (places + span - 1) / span, y: rows, z: slices)
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
    let x = try recorder.interleaved(x)
    let memory = try recorder.memory(bytes: count * recorder.factors.bytes)
    let pieces = plan.width * plan.channels * recorder.factors.bytes / 16
    try recorder.launch(
      "max_pool", [recorder.place(of: x.memory), recorder.place(of: memory)],
      [x.plan.height, x.plan.width, plan.channels, plan.height, plan.width, plan.images],
      PlanGrid(
        x: max(1, (pieces + 255) / 256), y: min(plan.images * plan.height, PlanGrid.deepest)),
      threads: 256)
    return FeatureMap(plan: plan, memory: memory)
  }
}
