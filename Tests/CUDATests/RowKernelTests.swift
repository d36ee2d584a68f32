import Testing

@testable import CUDA
@testable import Tensors

@Suite(.serialized) struct `Kernels over rows agree with the processor in` {
  private func parameter(_ shape: Int..., seed: UInt64) -> Parameter {
    Parameter(numbers(shape.reduce(1, *), seed: seed), shape: shape)
  }

  @Test(arguments: [(1, 8, 4), (7, 16, 1), (33, 40, 24)])
  func `products with what follows them`(rows: Int, inputs: Int, outputs: Int) throws {
    let weight = parameter(outputs, inputs, seed: 2)
    let bias = parameter(outputs, seed: 3)
    for activation in [Activation.none, .relu, .gelu] {
      try HostMachine.compare(reach: 2) { backend in
        let layer = try backend.linear(
          weight, bias: bias, activation: activation, feedsProducts: false)
        return try layer(backend.tensor(numbers(rows * inputs), columns: inputs))
      }
      // As factors, for another product.
      let last = parameter(8, outputs, seed: 5)
      try HostMachine.compare(within: 1e-4, reach: 8) { backend in
        let layer = try backend.linear(
          weight, bias: bias, activation: activation, feedsProducts: true)
        let next = try backend.linear(last, bias: nil, activation: .none, feedsProducts: false)
        return try next(layer(backend.tensor(numbers(rows * inputs), columns: inputs)))
      }
    }
    try HostMachine.compare(reach: 2) { backend in
      let layer = try backend.linear(weight, bias: nil, activation: .none, feedsProducts: false)
      let sum = try backend.tensor(numbers(rows * outputs, seed: 4), columns: outputs)
      try layer.add(backend.tensor(numbers(rows * inputs), columns: inputs), to: sum)
      return sum
    }
  }

  /// Pieces of 16 bytes, and numbers that are left.
  @Test(arguments: [Activation.gelu, .none], [24, 20])
  func `gated units, whose activation is part of the gate's step`(
    activation: Activation, units: Int
  ) throws {
    let (first, second) = (parameter(units, 16, seed: 2), parameter(units, 16, seed: 3))
    let last = parameter(8, units, seed: 4)
    try HostMachine.compare(within: 5e-5, reach: 8) { backend in
      let x = try backend.tensor(numbers(9 * 16), columns: 16)
      let activated = try backend.linear(
        first, bias: nil, activation: activation, feedsProducts: true)
      let gate = try backend.linear(second, bias: nil, activation: .none, feedsProducts: true)
      let reduce = try backend.linear(last, bias: nil, activation: .none, feedsProducts: false)
      return try reduce(gate.product(x, times: activated(x)))
    }
  }

  @Test(arguments: [
    (1, 8), (5, 33), (6, 64), (3, 256), (2, 264), (9, 768), (2, 1000), (5, 1024), (2, 1032),
  ])
  func `norms, with positions and without`(rows: Int, columns: Int) throws {
    let weight = parameter(columns, seed: 2)
    for bias in [nil, parameter(columns, seed: 3)] {
      try HostMachine.compare { backend in
        let norm = try backend.norm(weight: weight, bias: bias, epsilon: 1e-5)
        let x = try backend.tensor(numbers(rows * columns), columns: columns)
        try norm.normalize(x, placing: nil)
        return x
      }
    }
    guard columns % 8 == 0 else { return }
    let unit = Parameter(
      (0..<8 * columns).map { $0 / columns == $0 % columns ? 1 : 0 }, shape: [8, columns])
    try HostMachine.compare(reach: 2) { backend in
      let norm = try backend.norm(weight: weight, bias: nil, epsilon: 1e-5)
      let x = try backend.tensor(numbers(rows * columns), columns: columns)
      let places = try backend.tensor(numbers(rows * columns, seed: 5), columns: columns)
      let layer = try backend.linear(unit, bias: nil, activation: .none, feedsProducts: false)
      let factors = try norm.normalize(x, placing: places)
      return try backend.joined([layer(factors.placed), layer(factors.values), layer(norm(x))])
    }
  }

  @Test(arguments: [(1, 1), (3, 7), (2, 200)])
  func `rotations`(sentences: Int, tokens: Int) throws {
    let rows = (0..<sentences).map { $0 * tokens..<($0 + 1) * tokens }
    try HostMachine.compare(within: 1e-4) { backend in
      let x = try backend.tensor(numbers(sentences * tokens * 48), columns: 48)
      try backend.rotate(x.columns(0..<32), heads: 2, theta: 10_000, segments: rows)
      return x
    }
  }

  @Test(arguments: PlanRecorder.headSizes, [nil, 4] as [Int?])
  func `attention`(size: Int, window: Int?) throws {
    // Fewer than a tile, a tile and its edges, several tiles.
    for (segments, queries, keys) in [(1, 1, 1), (2, 5, 5), (1, 64, 64), (2, 70, 70)] {
      // Of floats, and of what products have made: on matrix units, where there is no window.
      for narrows in [false, true] {
        try HostMachine.compare(within: 1e-5, reach: narrows ? 3 : 1) { backend in
          try attention(
            backend, heads: 2, size: size, segments: segments, queries: queries, keys: keys,
            window: window, narrows: narrows)
        }
      }
    }
  }

  @Test func `attention to many more keys than queries, and to fewer`() throws {
    for (queries, keys) in [(3, 530), (130, 2), (65, 33)] {
      try HostMachine.compare(within: 1e-5, reach: 3) { backend in
        try attention(
          backend, heads: 3, size: 16, segments: 2, queries: queries, keys: keys, window: nil,
          narrows: true)
      }
    }
  }

  private func attention(
    _ backend: any Backend, heads: Int, size: Int, segments: Int, queries: Int, keys: Int,
    window: Int?, narrows: Bool
  ) throws -> Tensor {
    let columns = heads * size
    func rows(_ count: Int, seed: UInt64) throws -> Tensor {
      let values = numbers(segments * count * columns, seed: seed).map { 3 * $0 }
      let floats = try backend.tensor(values, columns: columns)
      return narrows ? try backend.factors(of: floats) : floats
    }
    let both = (0..<segments).map { segment in
      AttentionSegment(
        queries: segment * queries..<(segment + 1) * queries,
        keys: segment * keys..<(segment + 1) * keys)
    }
    let mixed = try backend.attention(
      queries: rows(queries, seed: 2), keys: rows(keys, seed: 3), values: rows(keys, seed: 4),
      heads: heads, segments: both, window: window)
    let unit = Parameter(
      (0..<columns * columns).map { $0 / columns == $0 % columns ? 1.0 / 3 : 0 },
      shape: [columns, columns])
    return try backend.linear(unit, bias: nil, activation: .none, feedsProducts: false)(mixed)
  }

  /// Rows of 16 bytes and others, some longer than a warp reads at once.
  @Test(arguments: [8, 5, 100, 260, 1])
  func `copies, sums and sigmoids`(columns: Int) throws {
    let table = parameter(11, columns, seed: 2)
    try HostMachine.compare(within: 1e-6) { backend in
      let x = try backend.gather(table, [10, 0, 3, 3])
      let y = try backend.tensor(numbers(4 * columns, seed: 3), columns: columns)
      let nothing = try backend.tensor(rows: 2, columns: columns)
      try backend.clear(nothing)
      let z = try backend.joined([y.rows(2..<4), nothing, x.rows(1..<2), y.rows(0..<1)])
      let all = try backend.sum(z, backend.joined([x, y.rows(0..<2)]))
      // Where a row need not begin at 16 bytes.
      let some = try backend.sum(all.rows(1..<4), x.rows(0..<3))
      try backend.sigmoid(all)
      return try backend.joined([all, some])
    }
  }

  @Test(arguments: [(1, 1), (3, 7), (8, 33), (5, 64)])
  func `what becomes factors`(rows: Int, columns: Int) throws {
    let padded = (columns + 7) / 8 * 8
    let unit = Parameter(
      (0..<padded * padded).map { $0 / padded == $0 % padded ? 1 : 0 }, shape: [padded, padded])
    try HostMachine.compare(reach: 2) { backend in
      let x = try backend.tensor(numbers(rows * padded), columns: padded)
      let layer = try backend.linear(unit, bias: nil, activation: .none, feedsProducts: false)
      return try layer(backend.factors(of: x.rows(rows / 2..<rows)))
    }
  }
}
