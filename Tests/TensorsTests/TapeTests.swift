import Testing

@testable import Tensors

/// Every operation of the tape against differences: (L(p + εd) − L(p − εd)) / 2ε along seeded directions d,
/// where L weighs the numbers of the result.
@Suite struct `A tape goes back over` {
  /// A computation whose result depends on parameters of these shapes.
  private func expectSlopes(
    of shapes: [[Int]], images: Int = 1, learnsNorms: Bool = false, dropout: Float = 0,
    tolerance: Double = 4e-3, except fixed: Range<Int> = 0..<0,
    _ compute: (Tape, [Parameter]) throws -> [Tensor],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let parameters = TrainableParameters(shapes: shapes, learns: shapes.map { _ in true })
    for (index, shape) in shapes.enumerated() {
      let values = numbers(shape.reduce(1, *), seed: UInt64(index) + 7)
      parameters[index, .value] = values
    }
    let tape = try Tape(
      threads: 2, images: images, learnsNorms: learnsNorms, dropout: dropout, seed: 3)
    let all = shapes.indices.map { parameters.parameter($0) }
    func results() throws -> [(tensor: Tensor, weights: [Float])] {
      tape.clear()
      tape.randomState = 3
      return try compute(tape, all).enumerated().map { index, y in
        (y, numbers(y.rows * y.columns, seed: UInt64(index) + 90))
      }
    }
    func loss() throws -> Double {
      try results().reduce(0) { sum, result in
        sum
          + zip(try tape.values(of: result.tensor), result.weights)
          .reduce(0) { $0 + Double($1.0) * Double($1.1) }
      }
    }
    let outcome = try results().map { (tensor: $0.tensor, gradient: $0.weights) }
    try tape.goBack(from: outcome)
    for index in shapes.indices where !fixed.contains(index) {
      let (start, gradient) = (parameters[index, .value], parameters[index, .gradient])
      for seed in 0..<3 {
        let direction = numbers(start.count, seed: UInt64(seed) + 50)
        let slope = zip(gradient, direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        func moved(_ step: Float) throws -> Double {
          parameters[index, .value] = zip(start, direction).map { $0 + step * $1 }
          defer { parameters[index, .value] = start }
          return try loss()
        }
        let step: Float = 2e-3
        let difference = (try moved(step) - moved(-step)) / Double(2 * step)
        let size = zip(gradient, direction).reduce(0.0) { $0 + abs(Double($1.0) * Double($1.1)) }
        #expect(
          abs(slope - difference) <= tolerance * max(size, 0.1),
          "parameter \(index): \(slope), by difference \(difference), of \(size)",
          sourceLocation: sourceLocation)
      }
    }
  }

  /// Rows that learn.
  private func rows(_ tape: Tape, _ table: Parameter) throws -> Tensor {
    try tape.gather(table, (0..<Int32(table.shape[0])).map { $0 })
  }

  @Test(arguments: [Activation.none, .relu, .gelu])
  func `products`(activation: Activation) throws {
    try expectSlopes(of: [[9, 6], [5, 6], [5]]) { tape, p in
      let layer = try tape.linear(p[1], bias: p[2], activation: activation, feedsProducts: false)
      return [try layer(rows(tape, p[0]))]
    }
  }

  @Test(arguments: [Float(0), 0.4]) func `sums onto rows, dropping some`(dropout: Float) throws {
    try expectSlopes(of: [[7, 4], [4, 4], [4], [7, 4]], dropout: dropout) { tape, p in
      let layer = try tape.linear(
        p[1], bias: p[2], activation: .none, feedsProducts: false, drops: true)
      let sum = try rows(tape, p[3])
      let x = try rows(tape, p[0])
      try layer.add(x, to: sum)
      try layer.add(sum.rows(2..<5), to: sum.rows(2..<5))  // over its own memory
      try tape.drop(sum)
      return [sum, try layer(x)]
    }
  }

  @Test func `gated products`() throws {
    try expectSlopes(of: [[6, 4], [3, 4], [3, 4]]) { tape, p in
      let x = try rows(tape, p[0])
      let gate = try tape.linear(p[1], bias: nil, activation: .none, feedsProducts: true)
      let other = try tape.linear(p[2], bias: nil, activation: .gelu, feedsProducts: true)
      return [try gate.product(x, times: other(x))]
    }
  }

  @Test func `norms, in place and beside`() throws {
    try expectSlopes(of: [[6, 19], [19], [19], [6, 19]]) { tape, p in
      let norm = try tape.norm(weight: p[1], bias: p[2], epsilon: 1e-5)
      let x = try rows(tape, p[0])
      let beside = try norm(x)
      let factors = try norm.normalize(x, placing: rows(tape, p[3]))
      return [beside, factors.values, factors.placed]
    }
  }

  @Test(arguments: [nil, 2], [Float(0), 0.3])
  func `attention`(window: Int?, dropout: Float) throws {
    let segments = [
      AttentionSegment(queries: 0..<5, keys: 0..<4), AttentionSegment(queries: 5..<6, keys: 4..<9),
    ]
    try expectSlopes(of: [[6, 8], [9, 8], [9, 8]], dropout: dropout) { tape, p in
      [
        try tape.attention(
          queries: rows(tape, p[0]), keys: rows(tape, p[1]), values: rows(tape, p[2]), heads: 2,
          segments: segments, window: window, drops: true)
      ]
    }
  }

  @Test func `turns, sums, joints, sigmoids and what is gathered twice`() throws {
    try expectSlopes(of: [[5, 8], [3, 8]]) { tape, p in
      let x = try tape.gather(p[0], [4, 1, 1, 0])
      let y = try tape.joined([rows(tape, p[1]), x.rows(1..<3), x.rows(1..<2)])
      try tape.rotate(y.columns(0..<4), heads: 1, theta: 100, segments: [0..<2, 2..<6])
      let total = try tape.sum(y, y)
      try tape.sigmoid(y)
      let nothing = try tape.joined([x])
      try tape.clear(nothing)
      return [y, total, nothing]
    }
  }

  @Test(arguments: [false, true], [1, 2])
  func `convolutions with batch norms, shortcuts and pooling`(learnsNorms: Bool, stride: Int) throws
  {
    let shapes = [[6, 3, 3, 3], [6], [6], [6], [6], [6, 6, 1, 1], [6, 6, 1, 1], [6]]
    let pixels = numbers(2 * 3 * 9 * 9, seed: 33)
    // Frozen norms do not learn.
    try expectSlopes(
      of: shapes, images: 2, learnsNorms: learnsNorms, tolerance: 2e-2,
      except: learnsNorms ? 0..<0 : 1..<5
    ) { tape, p in
      let plan = try tape.featurePlan(channels: 3, height: 9, width: 9)
      // Running variances are squares, which learn nothing.
      let ones = Parameter([Float](repeating: 0.7, count: 6), shape: [6])
      let norm = ChannelTransform.batchNorm(
        weight: p[1], bias: p[2], mean: Parameter(numbers(6), shape: [6]), variance: ones)
      let other = ChannelTransform.batchNorm(
        weight: p[3], bias: p[4], mean: Parameter(numbers(6), shape: [6]), variance: ones)
      let first = try tape.convolution(
        p[0], norm, shape: .init(inputs: 3, outputs: 6, kernel: 3, stride: stride, padding: 1),
        relu: true, adding: nil, range: nil, after: plan)
      let second = try tape.convolution(
        p[5], other, shape: .init(inputs: 6, outputs: 6, kernel: 1, stride: 1, padding: 0),
        relu: true, adding: first.output, range: nil, after: first.output)
      let pool = try tape.maxPool(range: nil, after: second.output)
      let last = try tape.convolution(
        p[6], .bias(p[7]), shape: .init(inputs: 6, outputs: 6, kernel: 1, stride: 1, padding: 0),
        relu: false, adding: nil, range: nil, after: pool.output)
      let image = try tape.featureMap(pixels, channels: 3, height: 9, width: 9)
      let map = try first(image, adding: nil)
      let end = try last(pool(second(map, adding: map), adding: nil), adding: nil)
      return [try tape.tokens(of: end)]
    }
  }

  @Test func `nothing of what is frozen`() throws {
    let parameters = TrainableParameters(shapes: [[4, 3], [3, 3]], learns: [true, false])
    for index in 0..<2 { parameters[index, .value] = numbers(index == 0 ? 12 : 9, seed: 4) }
    let tape = try Tape(threads: 1, images: 1, learnsNorms: false)
    let layer = try tape.linear(
      parameters.parameter(1), bias: nil, activation: .none, feedsProducts: false)
    let y = try layer(rows(tape, parameters.parameter(0)))
    try tape.goBack(from: [(y, numbers(12))])
    #expect(parameters[0, .gradient].contains { $0 != 0 })
    #expect(parameters[1, .gradient].allSatisfy { $0 == 0 })
    let before = parameters[1, .value]
    parameters.advance(.init(rate: 0.1, decay: 0.1, scale: 1, number: 1))
    #expect(parameters[1, .value] == before)
  }
}

@Suite struct `The optimizer` {
  /// Two steps of AdamW by its definition.
  @Test func `steps as AdamW does`() {
    let parameters = TrainableParameters(shapes: [[2, 1], [1]], learns: [true, true])
    parameters[0, .value] = [1, -2]
    parameters[1, .value] = [3]
    var (m, v): ([Double], [Double]) = ([0, 0, 0], [0, 0, 0])
    var x = [1.0, -2, 3]
    for step in 1...2 {
      let gradients: [Float] = [0.5, Float(step), -4]
      parameters.clearGradients()
      parameters[0, .gradient] = Array(gradients[..<2])
      parameters[1, .gradient] = [gradients[2]]
      #expect(
        abs(parameters.gradientNorm() - gradients.reduce(0) { $0 + Double($1 * $1) }.squareRoot())
          < 1e-6)
      parameters.advance(.init(rate: 0.1, decay: 0.01, scale: 0.5, number: step))
      for place in 0..<3 {
        let g = 0.5 * Double(gradients[place])
        m[place] = 0.9 * m[place] + 0.1 * g
        v[place] = 0.999 * v[place] + 0.001 * g * g
        let root = (v[place] / (1 - pow(0.999, step))).squareRoot() + 1e-8
        let decay = place < 2 ? 0.01 : 0  // vectors do not decay
        x[place] -= 0.1 * (m[place] / (1 - pow(0.9, step)) / root + decay * x[place])
      }
    }
    expectClose(parameters[0, .value] + parameters[1, .value], x.map { Float($0) }, within: 1e-5)
  }

  private func pow(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}
