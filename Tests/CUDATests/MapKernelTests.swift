import Testing

@testable import CUDA
@testable import Tensors

@Suite(.serialized) struct `Kernels over maps agree with the processor in` {
  private let side = (height: 11, width: 14)

  /// A stem, a pooling, and a bottleneck's three kinds of convolutions around a sum.
  private func backbone(_ backend: any Backend, _ pixels: [Float], widths: Int) throws -> Tensor {
    func layer(
      _ inputs: Int, _ outputs: Int, _ kernel: Int, stride: Int, relu: Bool,
      adding sum: FeaturePlan? = nil, after plan: FeaturePlan
    ) throws -> any FeatureLayer {
      let shape = ConvolutionShape(
        inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, padding: kernel / 2)
      let count = inputs * kernel * kernel
      let weight = Parameter(
        numbers(outputs * count, seed: UInt64(kernel)).map { $0 / Float(count).squareRoot() },
        shape: [outputs, inputs, kernel, kernel])
      return try backend.convolution(
        weight, scale: numbers(outputs, seed: 3).map { $0 + 1.5 },
        shift: numbers(outputs, seed: 4), shape: shape, relu: relu, adding: sum, range: nil,
        after: plan)
    }
    let input = try backend.featurePlan(channels: 3, height: side.height, width: side.width)
    let stem = try layer(3, widths, 7, stride: 1, relu: true, after: input)
    let pool = try backend.maxPool(range: nil, after: stem.output)
    let first = try layer(widths, widths, 3, stride: 2, relu: true, after: pool.output)
    let shortcut = try layer(widths, 2 * widths, 1, stride: 2, relu: false, after: pool.output)
    let last = try layer(
      widths, 2 * widths, 1, stride: 1, relu: true, adding: shortcut.output, after: first.output)
    let image = try backend.featureMap(
      pixels, channels: 3, height: side.height, width: side.width)
    let map = try pool(stem(image, adding: nil), adding: nil)
    let inner = try first(map, adding: nil)
    let result = try last(inner, adding: shortcut(map, adding: nil))
    #expect(try backend.isSound(result))
    return try backend.tokens(of: result)
  }

  @Test(arguments: [8, 12])
  func `convolutions and poolings`(widths: Int) throws {
    let pixels = numbers(3 * side.height * side.width, seed: 5)
    try HostMachine.compare(within: 2e-5, reach: 3, pixels: [pixels]) { backend in
      try backbone(backend, pixels, widths: widths)
    }
  }

  @Test func `several images, each as if it were alone`() throws {
    let images = (0..<3).map { numbers(3 * side.height * side.width, seed: 7 + $0) }
    let together = try HostMachine.run(.f32, pixels: images) { backend in
      try backbone(backend, images.flatMap { $0 }, widths: 8)
    }
    let alone = try images.flatMap { image in
      try HostMachine.run(.f32, pixels: [image]) { try backbone($0, image, widths: 8) }
    }
    expectClose(together, alone, within: 0, "images")
  }

  @Test(arguments: [Float.nan, .infinity, 1e18, 1e16])
  func `what they notice of numbers that are unsound`(value: Float) throws {
    var pixels = (0..<2).map { numbers(3 * side.height * side.width, seed: 7 + $0) }
    pixels[1][17] = value
    let network = try HostMachine.network(.f32)
    let recorder = PlanRecorder(factors: .f32)
    let size = PlanSize(images: 2, sentences: 1, tokens: 1)
    try recorder.begin(size)
    let map = try recorder.featureMap(
      pixels.flatMap { $0 }, channels: 3, height: side.height, width: side.width)
    _ = try recorder.isSound(map)
    let tokens = try recorder.tokens(of: map)
    try network.load(recorder.finish([(.boxes, tokens)]), weights: recorder.weights)
    try network.submit(
      PlanInput(pixels: pixels, sentences: [], images: []), size: size, lane: 1)
    #expect(try network.collect(lane: 1).isSound == [true, value == 1e16])
  }
}
