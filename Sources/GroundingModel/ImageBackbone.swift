internal import Tensors

/// ResNet of bottlenecks, from pixels to the cells that the cross-encoder reads (He et al., 2016; SPEC §1.2, §1.4).
struct ImageBackbone {
  private let backend: any Backend
  private let side: Int
  private let stem: any FeatureLayer
  private let pool: any FeatureLayer
  private let stages: [[Bottleneck]]
  private let projection: any FeatureLayer

  /// Cells along each edge of the square.
  var cells: Int { projection.output.height }

  /// - ranges: nil where activations stay floats.
  init(
    _ weights: Checkpoint.Folder, _ configuration: ModelConfiguration, ranges: BackboneRanges?,
    on backend: any Backend
  ) throws {
    let body = weights["backbone"][0]["body"]
    let (side, width) = (configuration.side, configuration.width)
    self.backend = backend
    self.side = side
    stem = try backend.convolution(
      named: "conv1", norm: "bn1", of: body,
      ConvolutionShape(inputs: 3, outputs: width, kernel: 7, stride: 2, padding: 3), relu: true,
      adding: nil, range: nil,
      after: backend.featurePlan(channels: 3, height: side, width: side))
    pool = try backend.maxPool(range: ranges?.of("stem"), after: stem.output)
    var plan = pool.output
    var stages: [[Bottleneck]] = []
    for (index, count) in configuration.blocks.enumerated() {
      var stage: [Bottleneck] = []
      for block in 0..<count {
        let name = "layer\(index + 1)"
        stage.append(
          try Bottleneck(
            body[name][block], name: "\(name).\(block)", middle: width << index,
            stride: index > 0 && block == 0 ? 2 : 1, isFirst: block == 0, ranges: ranges,
            after: plan, on: backend))
        plan = stage[block].output
      }
      stages.append(stage)
    }
    self.stages = stages
    let channels = configuration.channels
    projection = try backend.convolution(
      weights["input_proj"]("weight", channels, plan.channels, 1, 1),
      .bias(weights["input_proj"]("bias", channels)),
      shape: ConvolutionShape(
        inputs: plan.channels, outputs: channels, kernel: 1, stride: 1, padding: 0),
      relu: false, adding: nil, range: nil, after: plan)
  }

  /// What the network sees: [cells · cells, channels], row-major.
  ///
  /// `isSound` is false when the arithmetic overflowed on the way. Sums over shortcuts carry that to the end of
  /// their stage; the rectifiers of the next would turn it into zeros.
  typealias Answer = (tokens: Tensor, isSound: Bool)

  /// Is shown activations by their names, and has to look at once: their memory is used again.
  typealias Observer = (String, FeatureMap) throws -> Void

  /// - pixels: [3, side, side], normalised.
  /// - observe: is shown the stem, every convolution of the stages (`layer1.0.conv1`) and every stage.
  func callAsFunction(_ pixels: [Float], observe: Observer = { _, _ in }) throws -> Answer {
    let image = try backend.featureMap(pixels, channels: 3, height: side, width: side)
    let first = try stem(image, adding: nil)
    var map = try pool(first, adding: nil)
    try observe("stem", map)
    // What is rounded to 8 bits is cut to their range, however far away it was.
    var isSound = try backend.isSound(map.plan.isRounded ? first : map)
    for (index, stage) in stages.enumerated() {
      for block in stage { map = try block(map, observe) }
      try observe("layer\(index + 1)", map)
      isSound = try backend.isSound(map) && isSound
    }
    let tokens = try backend.tokens(of: projection(map, adding: nil))
    return (tokens, try backend.isSound(tokens) && isSound)
  }
}

/// 1×1, 3×3 (which carries the stride) and 1×1 convolutions around a shortcut.
struct Bottleneck {
  private let name: String
  private let reduce: any FeatureLayer
  private let middle: any FeatureLayer
  private let expand: any FeatureLayer
  private let shortcut: (any FeatureLayer)?

  var output: FeaturePlan { expand.output }

  init(
    _ weights: Checkpoint.Folder, name: String, middle width: Int, stride: Int, isFirst: Bool,
    ranges: BackboneRanges?, after input: FeaturePlan, on backend: any Backend
  ) throws {
    self.name = name
    reduce = try backend.convolution(
      named: "conv1", norm: "bn1", of: weights,
      ConvolutionShape(inputs: input.channels, outputs: width, kernel: 1, stride: 1, padding: 0),
      relu: true, adding: nil, range: ranges?.of("\(name).conv1"), after: input)
    middle = try backend.convolution(
      named: "conv2", norm: "bn2", of: weights,
      ConvolutionShape(inputs: width, outputs: width, kernel: 3, stride: stride, padding: 1),
      relu: true, adding: nil, range: ranges?.of("\(name).conv2"), after: reduce.output)
    shortcut =
      isFirst
      ? try backend.convolution(
        named: "0", norm: "1", of: weights["downsample"],
        ConvolutionShape(
          inputs: input.channels, outputs: 4 * width, kernel: 1, stride: stride, padding: 0),
        relu: false, adding: nil, range: ranges?.of("\(name).downsample"), after: input) : nil
    expand = try backend.convolution(
      named: "conv3", norm: "bn3", of: weights,
      ConvolutionShape(inputs: width, outputs: 4 * width, kernel: 1, stride: 1, padding: 0),
      relu: true, adding: shortcut?.output ?? input, range: ranges?.of("\(name).conv3"),
      after: middle.output)
  }

  /// `map` is overwritten where it is its own shortcut.
  func callAsFunction(
    _ map: FeatureMap, _ observe: ImageBackbone.Observer
  ) throws -> FeatureMap {
    let reduced = try reduce(map, adding: nil)
    try observe("\(name).conv1", reduced)
    let inner = try middle(reduced, adding: nil)
    try observe("\(name).conv2", inner)
    let kept = try shortcut?(map, adding: nil)
    if let kept { try observe("\(name).downsample", kept) }
    let result = try expand(inner, adding: kept ?? map)
    try observe("\(name).conv3", result)
    return result
  }
}

extension Backend {
  /// A convolution without bias and the batch norm behind it.
  fileprivate func convolution(
    named name: String, norm: String, of weights: Checkpoint.Folder, _ shape: ConvolutionShape,
    relu: Bool, adding sum: FeaturePlan?, range: Float?, after input: FeaturePlan
  ) throws -> any FeatureLayer {
    let norm = weights[norm]
    let transform = ChannelTransform.batchNorm(
      weight: try norm("weight", shape.outputs), bias: try norm("bias", shape.outputs),
      mean: try norm("running_mean", shape.outputs),
      variance: try norm("running_var", shape.outputs))
    guard transform.isFinite else {
      throw CheckpointError.unsuitable(
        name: norm.full("running_var"), reason: "makes its batch norm infinite or no number")
    }
    let weight = try weights[name](
      "weight", shape.outputs, shape.inputs, shape.kernel, shape.kernel)
    do throws(TensorError) {
      return try convolution(
        weight, transform, shape: shape, relu: relu, adding: sum, range: range, after: input)
    } catch {
      guard error == .notFinite else { throw error }
      throw CheckpointError.unsuitable(
        name: weights[name].full("weight"), reason: "overflows with its batch norm")
    }
  }
}
