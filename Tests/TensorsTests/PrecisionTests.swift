import Foundation
import Testing

@testable import Tensors

@Suite struct `A precision` {
  @Test func `of floats works everywhere, and others say where they do not`() throws {
    #expect(CPU.supports(.f32))
    for precision in Precision.allCases where !CPU.supports(precision) {
      #expect(throws: TensorError.unsupported(precision)) {
        try CPU(threads: 1, precision: precision)
      }
    }
  }

  @Test func `of halves is chosen by the kind of processor`() {
    #expect(Processor(maker: "AuthenticAMD", hasTiles: false).gainsFromHalves)
    #expect(Processor(maker: "GenuineIntel", hasTiles: true).gainsFromHalves)
    #expect(!Processor(maker: "GenuineIntel", hasTiles: false).gainsFromHalves)
  }

  @Test func `finds this processor's kind as the kernel does`() throws {
    let known = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    let line = known.split(separator: "\n").first { $0.hasPrefix("vendor_id") }
    #expect(line?.split(separator: " ").last.map(String.init) ?? "" == Processor.present.maker)
    // The library may do without them where they are.
    #expect(known.contains("amx_tile") || !Processor.present.hasTiles)
  }
}

/// Rounding to bfloat16 changes a number by at most 2⁻⁸ of it, and a product of two by some 2⁻⁷.
@Suite(.enabled(if: CPU.supports(.bf16))) struct `In bfloat16` {
  private static let unit: Float = 1 / 128

  private func backend() throws -> CPU { try CPU(threads: 2, precision: .bf16) }

  /// Expects each sum to be no farther away than its terms allow, and some to be rounded at all.
  private func expect(
    _ values: [Float], near exact: [Float], terms: [Float],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(values.count == exact.count, sourceLocation: sourceLocation)
    for index in values.indices {
      let far = abs(values[index] - exact[index])
      #expect(far <= terms[index] * Self.unit, "\(index)", sourceLocation: sourceLocation)
    }
    #expect(values != exact, sourceLocation: sourceLocation)
  }

  @Test(arguments: [(1, 3, 5), (33, 64, 129), (100, 256, 7)])
  func `products stay as near as their factors`(
    sizes: (rows: Int, inputs: Int, outputs: Int)
  ) throws {
    let backend = try backend()
    let x = numbers(sizes.rows * sizes.inputs)
    let w = numbers(sizes.outputs * sizes.inputs, seed: 2)
    let b = numbers(sizes.outputs, seed: 3)
    let exact = product(x, w, b, inputs: sizes.inputs)
    let terms = product(
      x.map { abs($0) }, w.map { abs($0) }, b.map { abs($0) }, inputs: sizes.inputs)
    let linear = try backend.linear(
      Parameter(w, shape: [sizes.outputs, sizes.inputs]),
      bias: Parameter(b, shape: [sizes.outputs]), activation: .none, feedsProducts: false)
    let input = try backend.tensor(x, columns: sizes.inputs)
    expect(try backend.values(of: linear(input)), near: exact, terms: terms)
    // Added to floats: what stands there is not rounded.
    let large = [Float](repeating: 1 + 1 / 4096, count: exact.count)
    let sum = try backend.tensor(large, columns: sizes.outputs)
    try linear.add(input, to: sum)
    expect(
      try backend.values(of: sum), near: zip(exact, large).map { $0 + $1 }, terms: terms)
  }

  private func layer(
    _ backend: CPU, _ w: [Float], _ activation: Activation, feeds: Bool
  ) throws -> any LinearLayer {
    let side = Int(Double(w.count).squareRoot())
    return try backend.linear(
      Parameter(w, shape: [side, side]), bias: nil, activation: activation, feedsProducts: feeds)
  }

  @Test func `a result that is multiplied again is kept in 16 bits`() throws {
    let backend = try backend()
    let (rows, width) = (70, 48)
    let x = numbers(rows * width)
    let (first, second) = (numbers(width * width, seed: 2), numbers(width * width, seed: 3))
    let zeros = [Float](repeating: 0, count: width)
    let input = try backend.tensor(x, columns: width)
    let expand = try layer(backend, first, .relu, feeds: true)
    let inner = try expand(input)
    #expect(inner.isHalf)
    let hidden = product(x, first, zeros, inputs: width).map { max(0, $0) }
    let hiddenTerms = product(x.map { abs($0) }, first.map { abs($0) }, zeros, inputs: width)
    let reduce = try layer(backend, second, .none, feeds: false)
    let values = try backend.values(of: try reduce(inner))
    let exact = product(hidden, second, zeros, inputs: width)
    let terms = product(hiddenTerms, second.map { abs($0) }, zeros, inputs: width)
    expect(values, near: exact, terms: terms.map { 2 * $0 })
    let gate = try layer(backend, first, .none, feeds: true)
    let gated = try gate.product(input, times: inner)
    #expect(gated.isHalf)
  }

  @Test func `attention mixes as floats do`() throws {
    let (rows, heads, width) = (90, 2, 16)
    let all = numbers(rows * width)
    func attend(_ backend: CPU) throws -> [Float] {
      let eye = (0..<width * width).map { Float($0 % (width + 1) == 0 ? 1 : 0) }
      let same = try backend.linear(
        Parameter(eye, shape: [width, width]), bias: nil, activation: .none, feedsProducts: true)
      let out = try backend.linear(
        Parameter(eye, shape: [width, width]), bias: nil, activation: .none,
        feedsProducts: false)
      let x = try same(backend.tensor(all, columns: width))
      let segments = [
        AttentionSegment(queries: 0..<70, keys: 0..<70),
        AttentionSegment(queries: 70..<90, keys: 70..<90),
      ]
      return try backend.values(
        of: out(
          backend.attention(
            queries: x, keys: x, values: x, heads: heads, segments: segments, window: nil)))
    }
    let exact = try attend(CPU(threads: 2))
    let values = try attend(backend())
    expect(values, near: exact, terms: [Float](repeating: 3, count: exact.count))
  }

  @Test(arguments: [
    ConvolutionShape(inputs: 3, outputs: 16, kernel: 7, stride: 2, padding: 3),
    ConvolutionShape(inputs: 16, outputs: 40, kernel: 3, stride: 1, padding: 1),
    ConvolutionShape(inputs: 16, outputs: 32, kernel: 1, stride: 2, padding: 0),
  ])
  func `convolutions stay as near as their factors`(shape: ConvolutionShape) throws {
    let (height, width) = (13, 18)
    let x = numbers(shape.inputs * height * width)
    let w = numbers(shape.outputs * shape.inputs * shape.kernel * shape.kernel, seed: 2)
    let ones = [Float](repeating: 1, count: shape.outputs)
    let zeros = [Float](repeating: 0, count: shape.outputs)
    func convolve(_ backend: CPU, _ x: [Float], _ w: [Float]) throws -> [Float] {
      let plan = try backend.featurePlan(channels: shape.inputs, height: height, width: width)
      let layer = try backend.convolution(
        Parameter(w, shape: [shape.outputs, shape.inputs, shape.kernel, shape.kernel]),
        scale: ones, shift: zeros, shape: shape, relu: false, adding: nil, range: nil, after: plan)
      let map = try layer(
        backend.featureMap(x, channels: shape.inputs, height: height, width: width), adding: nil)
      #expect(try backend.isSound(map))
      return try backend.values(of: map)
    }
    let floats = try CPU(threads: 2)
    expect(
      try convolve(backend(), x, w), near: try convolve(floats, x, w),
      terms: try convolve(floats, x.map { abs($0) }, w.map { abs($0) }))
  }

  @Test(arguments: [Float.infinity, .nan, 1e30]) func `what overflowed is noticed`(
    wrong: Float
  ) throws {
    let backend = try backend()
    let shape = ConvolutionShape(inputs: 16, outputs: 16, kernel: 1, stride: 1, padding: 0)
    let plan = try backend.featurePlan(channels: 16, height: 8, width: 8)
    let eye = (0..<256).map { Float($0 % 17 == 0 ? 1 : 0) }
    let layer = try backend.convolution(
      Parameter(eye, shape: [16, 16, 1, 1]), scale: [Float](repeating: 1, count: 16),
      shift: [Float](repeating: 0, count: 16), shape: shape, relu: false, adding: nil, range: nil,
      after: plan)
    var x = numbers(16 * 64)
    x[700] = wrong
    let map = try layer(
      backend.featureMap(x, channels: 16, height: 8, width: 8), adding: nil)
    #expect(try !backend.isSound(map))
  }
}
