import Testing

@testable import Tensors

/// Each number is compared with what exact arithmetic on the rounded factors gives: the result may then be
/// half a unit away, and no more.
@Suite(.enabled(if: CPU.supports(.int8))) struct `In 8-bit integers` {
  private static let side = 14

  /// Rounded activations [16, 7, 7] from 0 to 1, by way of a pooling.
  private func activations(_ backend: CPU) throws -> FeatureMap {
    let plan = try backend.featurePlan(channels: 16, height: Self.side, width: Self.side)
    let pool = try backend.maxPool(range: 1, after: plan)
    #expect(pool.output.step == 1.0 / 255)
    let x = numbers(16 * Self.side * Self.side).map { max(0, $0) }
    return try pool(
      backend.featureMap(x, channels: 16, height: Self.side, width: Self.side), adding: nil)
  }

  private struct Layer {
    let shape: ConvolutionShape
    var weights: [Float]
    var scale: [Float]
    var shift: [Float]

    init(_ shape: ConvolutionShape, seed: UInt64 = 2) {
      self.shape = shape
      let count = shape.outputs * shape.inputs * shape.kernel * shape.kernel
      weights = numbers(count, seed: seed)
      scale = numbers(shape.outputs, seed: seed + 100)
      shift = numbers(shape.outputs, seed: seed + 200)
    }

    func made(
      on backend: CPU, relu: Bool, adding sum: FeaturePlan? = nil, range: Float?,
      after plan: FeaturePlan
    ) throws -> any FeatureLayer {
      try backend.convolution(
        Parameter(weights, shape: [shape.outputs, shape.inputs, shape.kernel, shape.kernel]),
        scale: scale, shift: shift, shape: shape, relu: relu, adding: sum, range: range,
        after: plan)
    }

    /// Weights with their gains, each output's rounded to 127 units to either side.
    var rounded: [Float] {
      let size = weights.count / shape.outputs
      return (0..<shape.outputs).flatMap { output in
        let row = weights[output * size..<(output + 1) * size].map { $0 * scale[output] }
        let unit = row.reduce(0) { max($0, abs($1)) } / 127
        return row.map { unit > 0 ? ($0 / unit).rounded() * unit : 0 }
      }
    }

    /// What exact arithmetic makes of rounded activations.
    func exact(_ map: FeatureMap, on backend: CPU) throws -> [Float] {
      let floats = try CPU(threads: 1)
      let plan = try floats.featurePlan(
        channels: map.plan.channels, height: map.plan.height, width: map.plan.width)
      var same = self
      same.weights = rounded
      same.scale = [Float](repeating: 1, count: shape.outputs)
      let layer = try same.made(on: floats, relu: false, range: nil, after: plan)
      let x = try floats.featureMap(
        backend.values(of: map), channels: plan.channels, height: plan.height, width: plan.width)
      return try floats.values(of: layer(x, adding: nil))
    }
  }

  private static let shapes = [
    ConvolutionShape(inputs: 16, outputs: 32, kernel: 1, stride: 1, padding: 0),
    ConvolutionShape(inputs: 16, outputs: 40, kernel: 3, stride: 1, padding: 1),
    ConvolutionShape(inputs: 16, outputs: 24, kernel: 3, stride: 2, padding: 1),
    ConvolutionShape(inputs: 16, outputs: 32, kernel: 1, stride: 2, padding: 0),
  ]

  @Test(arguments: shapes) func `convolutions round once, at their end`(
    shape: ConvolutionShape
  ) throws {
    let backend = try CPU(threads: 2, precision: .int8)
    let x = try activations(backend)
    let layer = Layer(shape)
    let exact = try layer.exact(x, on: backend)
    let rectified = try layer.made(on: backend, relu: true, range: 2, after: x.plan)
    let positive = try rectified(x, adding: nil)
    #expect(try backend.isSound(positive))
    let most = exact.max() ?? 0
    #expect(most > 2, "something has to be cut off")
    expectClose(
      try backend.values(of: positive), exact.map { min(2, max(0, $0)) }, within: 1.01 / 255)
    let signed = try layer.made(on: backend, relu: false, range: 4, after: x.plan)
    expectClose(
      try backend.values(of: signed(x, adding: nil)), exact.map { min(4, max(-4 * 128 / 127, $0)) },
      within: 2.02 / 127)
    let floats = try layer.made(on: backend, relu: false, range: nil, after: x.plan)
    expectClose(try backend.values(of: floats(x, adding: nil)), exact, within: 1e-4)
  }

  @Test(arguments: [true, false]) func `a shortcut is added in its own units`(
    isRectified: Bool
  ) throws {
    let backend = try CPU(threads: 2, precision: .int8)
    let x = try activations(backend)
    let (first, second) = (Layer(Self.shapes[0]), Layer(Self.shapes[0], seed: 5))
    let shortcut = try first.made(on: backend, relu: isRectified, range: 3, after: x.plan)
    let kept = try shortcut(x, adding: nil)
    let before = try backend.values(of: kept)
    let sum = try second.made(
      on: backend, relu: true, adding: kept.plan, range: 5, after: x.plan)
    let exact = zip(before, try second.exact(x, on: backend)).map { min(5, max(0, $0 + $1)) }
    expectClose(try backend.values(of: sum(x, adding: kept)), exact, within: 2.52 / 255)
  }

  @Test func `what is always zero stays finite`() throws {
    let backend = try CPU(threads: 2, precision: .int8)
    let x = try activations(backend)
    var layer = Layer(Self.shapes[0])
    for index in 0..<16 { layer.weights[index] = 0 }
    layer.scale[1] = 0
    layer.shift[0] = 0.5
    layer.shift[1] = 1e6
    let convolve = try layer.made(on: backend, relu: true, range: 1, after: x.plan)
    let values = try backend.values(of: convolve(x, adding: nil))
    expectClose(Array(values[..<49]), [Float](repeating: 0.5, count: 49), within: 0.51 / 255)
    expectClose(Array(values[49..<98]), [Float](repeating: 1, count: 49), within: 1e-6)
    let dead = try layer.made(on: backend, relu: true, range: 0, after: x.plan)
    #expect(try backend.values(of: dead(x, adding: nil)).allSatisfy { 0 <= $0 && $0 < 1e-6 })
  }
}
