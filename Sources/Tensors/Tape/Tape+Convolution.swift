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
    try TapeConvolution(
      self, weight, transform, shape: shape, relu: relu, adding: sum, after: input)
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
    // Nothing goes back over layers that are frozen from the image on.
    let isConstant =
      tape.isConstant(x.memory) && !product.learns && norm?.learns != true
      && sum.map { tape.isConstant($0.memory) } ?? true
    let y = try norm.map { (norm) throws(TensorError) in try norm(raw) } ?? raw
    if let sum {
      try add(sum, to: y)
    } else if relu, norm == nil {
      throw .shape("a rectifier without a batch norm or a sum before it")
    }
    if isConstant { tape.markConstant(y) }
    return FeatureMap(plan: output, memory: y)
  }

  /// y = max(0, y + sum), or without the maximum, over the memory of y. Nobody needs y as it was: batch
  /// norms keep their input.
  ///
  /// ∂y ← ∂y where y > 0, else 0    ∂sum += ∂y
  private func add(_ sum: FeatureMap, to y: Memory) throws(TensorError) {
    let (target, added, count, relu) = (y.pointer, sum.memory.pointer, output.count, relu)
    tape.cpu.spread(count) { range in
      if relu {
        addAndRectify(added, to: target, range)
      } else {
        addVectors(added, to: target, range)
      }
    }
    tape.record { [tape] () throws(TensorError) in
      guard let dy = tape.knownGradient(of: y) else { return }
      let (slope, values) = (dy.pointer, y.pointer)
      if relu { tape.cpu.spread(count) { range in rectifyBack(slope, where: values, range) } }
      try tape.contribute(to: sum.memory, floats: count) { block in
        tape.cpu.spread(count) { range in
          (block + range.lowerBound).update(from: slope + range.lowerBound, count: range.count)
        }
      }
    }
  }
}
