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

  /// Convolutions after one another.
  private func layers(
    _ backend: any Backend, _ values: [Float], _ shapes: [ConvolutionShape], height: Int, width: Int
  ) throws -> Tensor {
    var map = try backend.featureMap(values, channels: 3, height: height, width: width)
    for (index, shape) in shapes.enumerated() {
      let count = shape.inputs * shape.kernel * shape.kernel
      let weight = Parameter(
        numbers(shape.outputs * count, seed: UInt64(index)).map { $0 / Float(count).squareRoot() },
        shape: [shape.outputs, shape.inputs, shape.kernel, shape.kernel])
      let layer = try backend.convolution(
        weight, scale: numbers(shape.outputs, seed: 3).map { $0 + 1.5 },
        shift: numbers(shape.outputs, seed: 4), shape: shape, relu: false, adding: nil, range: nil,
        after: index == 0
          ? backend.featurePlan(channels: 3, height: height, width: width) : map.plan)
      map = try layer(map, adding: nil)
    }
    return try backend.tokens(of: map)
  }

  /// Fewer columns than a slice of threads has, and many more.
  @Test(arguments: [4, 20, 384], [1, 2])
  func `what a convolution sees, however wide`(inputs: Int, stride: Int) throws {
    let pixels = numbers(3 * side.height * side.width, seed: 5)
    let shapes = [
      ConvolutionShape(inputs: 3, outputs: inputs, kernel: 1, stride: 1, padding: 0),
      ConvolutionShape(inputs: inputs, outputs: 8, kernel: 3, stride: stride, padding: 1),
    ]
    try HostMachine.compare(reach: 2, pixels: [pixels]) { backend in
      try layers(backend, pixels, shapes, height: side.height, width: side.width)
    }
  }

  /// Less than a tile of the result, some more than one in each direction, and one row.
  @Test(arguments: [(11, 14), (17, 150), (1, 257)], [0, 1, 3])
  func `the stem, from floats and from samples`(size: (Int, Int), planes: Int) throws {
    let stem = ConvolutionShape(inputs: 3, outputs: 16, kernel: 7, stride: 2, padding: 3)
    try compareSamples([stem], height: size.0, width: size.1, planes: planes)
  }

  /// Of whom no kernel knows how to read samples.
  @Test(arguments: [1, 3])
  func `other convolutions, from samples`(planes: Int) throws {
    let other = ConvolutionShape(inputs: 3, outputs: 16, kernel: 5, stride: 1, padding: 2)
    try compareSamples([other], height: side.height, width: side.width, planes: planes)
  }

  /// Two images at once, as floats where there are no planes of samples, against the processor.
  private func compareSamples(
    _ shapes: [ConvolutionShape], height: Int, width: Int, planes: Int
  ) throws {
    let (area, table) = (height * width, numbers(3 * 256, seed: 6))
    let samples = (0..<2).map { image in
      numbers(max(1, planes) * area, seed: UInt64(8 + image)).map { UInt8(($0 + 1) * 127.5) }
    }
    let values = samples.map { samples in
      (0..<3 * area).map { place in
        let plane = planes == 3 ? place / area : 0
        return table[place / area * 256 + Int(samples[plane * area + place % area])]
      }
    }
    let cpu = try CPU(threads: 1)
    let expected = try values.flatMap { image in
      try cpu.values(of: layers(cpu, image, shapes, height: height, width: width))
    }
    for factors in FactorKind.allCases {
      let network = try HostMachine.network(factors)
      let recorder = PlanRecorder(factors: factors)
      recorder.sampleTable = table
      let size = PlanSize(images: 2, sentences: 1, tokens: 1, samplePlanes: planes)
      try recorder.begin(size)
      let tokens = try layers(
        recorder, values.flatMap { $0 }, shapes, height: height, width: width)
      try network.load(recorder.finish([(.boxes, tokens)]), weights: recorder.weights)
      let pixels: [ImagePixels] =
        planes == 0
        ? values.map { .normalised($0) } : samples.map { .samples($0, planes: planes) }
      try network.submit(
        PlanInput(pixels: pixels, sentences: [], images: []), size: size, lane: 0)
      expectClose(
        Array(try network.collect(lane: 0).boxes.prefix(expected.count)), expected,
        within: factors == .f32 ? 2e-5 : factors == .bf16 ? 6e-2 : 8e-3, "\(factors)")
    }
  }

  /// Single numbers, and pieces of several.
  @Test(arguments: [3, 8, 12])
  func `maxima, infinite where a number is none`(channels: Int) throws {
    let (area, place) = (side.height * side.width, 5 * side.width + 6)
    var pixels = numbers(3 * area, seed: 5)
    pixels[place] = .nan
    let shape = ConvolutionShape(
      inputs: 3, outputs: channels, kernel: 1, stride: 1, padding: 0)
    for factors in FactorKind.allCases {
      let answer = try HostMachine.run(factors, pixels: [pixels]) { backend in
        let input = try backend.featurePlan(
          channels: 3, height: side.height, width: side.width)
        let layer = try backend.convolution(
          Parameter(numbers(3 * channels), shape: [channels, 3, 1, 1]),
          scale: [Float](repeating: 1, count: channels),
          shift: [Float](repeating: 0, count: channels), shape: shape, relu: false, adding: nil,
          range: nil, after: input)
        let map = try backend.featureMap(
          pixels, channels: 3, height: side.height, width: side.width)
        let pool = try backend.maxPool(range: nil, after: layer.output)
        return try backend.tokens(of: pool(layer(map, adding: nil), adding: nil))
      }
      // Row 5 is the last of the third window and the first of the fourth; column 6 only the middle of one.
      let infinite = answer.indices.filter { !answer[$0].isFinite }.map { $0 / channels }
      #expect(Set(infinite) == [2 * 7 + 3, 3 * 7 + 3], "\(factors)")
      #expect(infinite.count == 2 * channels && answer.allSatisfy { !$0.isNaN }, "\(factors)")
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

  /// In 16 bits the numbers are looked at as the backbone has them, where half floats cannot be too large.
  @Test(arguments: [Float.nan, .infinity, 1e18, 1e16], FactorKind.allCases)
  func `what they notice of numbers that are unsound`(value: Float, factors: FactorKind) throws {
    var pixels = (0..<2).map { numbers(3 * side.height * side.width, seed: 7 + $0) }
    pixels[1][17] = value
    let network = try HostMachine.network(factors)
    let recorder = PlanRecorder(factors: factors)
    let size = PlanSize(images: 2, sentences: 1, tokens: 1)
    try recorder.begin(size)
    let map = try recorder.featureMap(
      pixels.flatMap { $0 }, channels: 3, height: side.height, width: side.width)
    _ = try recorder.isSound(map)
    let tokens = try recorder.tokens(of: map)
    try network.load(recorder.finish([(.boxes, tokens)]), weights: recorder.weights)
    try network.submit(
      PlanInput(pixels: pixels.map { .normalised($0) }, sentences: [], images: []), size: size,
      lane: 1)
    // 1e16 is infinite as a half float.
    let isSound = value == 1e16 && factors != .f16
    #expect(try network.collect(lane: 1).isSound == [true, isSound])
  }
}
