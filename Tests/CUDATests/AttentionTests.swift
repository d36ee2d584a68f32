import Testing

@testable import CUDA
@testable import Tensors

@Suite(.serialized) struct `Attention on a device` {
  /// What a plan answers, and the plan.
  private func run(
    _ factors: FactorKind, _ size: PlanSize, sentences: [[Int32]] = [],
    _ body: (PlanRecorder) throws -> Tensor
  ) throws -> (values: [Float], plan: Plan) {
    let network = try HostMachine.network(factors)
    let recorder = PlanRecorder(factors: factors)
    try recorder.begin(size)
    let plan = recorder.finish([(.boxes, try body(recorder))])
    try network.load(plan, weights: recorder.weights)
    let images = sentences.map { _ in Int32(0) }
    try network.submit(
      PlanInput(pixels: [], sentences: sentences, images: images), size: size, lane: 0)
    return (try network.collect(lane: 0).boxes, plan)
  }

  private func parameter(_ shape: Int..., seed: UInt64) -> Parameter {
    let scale = Float(shape[1]).squareRoot()
    return Parameter(numbers(shape.reduce(1, *), seed: seed).map { $0 / scale }, shape: shape)
  }

  private func expectClose(
    _ factors: FactorKind, _ values: [Float], _ expected: [Float], _ subject: String = ""
  ) {
    CUDATests.expectClose(
      values, expected, within: factors == .f32 ? 3e-5 : factors == .bf16 ? 9e-2 : 1.2e-2,
      "\(factors) \(subject)")
  }

  private func kernels(_ plan: Plan) -> Set<String> {
    Set(plan.steps.map { $0.title }.filter { $0.hasPrefix("attention") || $0 == "rotate" })
  }

  /// Queries, keys and values beside each other, with the first two turned.
  private func turned(
    _ backend: any Backend, _ x: Tensor, size: Int, segments: [Range<Int>], window: Int?
  ) throws -> (all: Tensor, mixed: Tensor) {
    let channels = 2 * size
    let weight = parameter(3 * channels, x.columns, seed: 2)
    let layer = try backend.linear(weight, bias: nil, activation: .none, feedsProducts: false)
    let all = try layer(x)
    try backend.rotate(
      all.columns(0..<2 * channels), heads: 4, theta: 100, segments: segments)
    let mixed = try backend.attention(
      queries: all.columns(0..<channels), keys: all.columns(channels..<2 * channels),
      values: all.columns(2 * channels..<3 * channels), heads: 2,
      segments: segments.map { AttentionSegment(queries: $0, keys: $0) }, window: window)
    let unit = Parameter(
      (0..<channels * channels).map { $0 / channels == $0 % channels ? 1 : 0 },
      shape: [channels, channels])
    let copy = try backend.linear(unit, bias: nil, activation: .none, feedsProducts: false)
    return (all, try copy(mixed))
  }

  @Test(arguments: [8, 16, 64], [nil, 4, 70] as [Int?])
  func `turns queries and keys on the way`(size: Int, window: Int?) throws {
    for (sentences, tokens) in [(1, 1), (3, 7), (2, 64), (1, 150)] {
      let rows = (0..<sentences).map { $0 * tokens..<($0 + 1) * tokens }
      let x = numbers(sentences * tokens * 16, seed: 3).map { 3 * $0 }
      func body(_ backend: any Backend) throws -> Tensor {
        let x = try backend.tensor(x, columns: 16)
        return try turned(backend, x, size: size, segments: rows, window: window).mixed
      }
      let cpu = try CPU(threads: 1)
      let expected = try cpu.values(of: body(cpu))
      for factors in FactorKind.allCases {
        let (values, plan) = try run(factors, PlanSize(images: 1, sentences: 1, tokens: 1), body)
        expectClose(factors, values, expected, "\(sentences) × \(tokens)")
        let isTurned = factors != .f32 && size % 16 == 0
        #expect(
          kernels(plan)
            == (isTurned ? ["attention_turned_\(size)"] : ["rotate", "attention_floats_\(size)"]))
      }
    }
  }

  @Test func `leaves turned rows to whoever reads them later`() throws {
    let rows = [0..<9, 9..<18]
    func body(_ backend: any Backend) throws -> Tensor {
      let x = try backend.tensor(numbers(18 * 16, seed: 3), columns: 16)
      let (all, mixed) = try turned(backend, x, size: 16, segments: rows, window: nil)
      let twice = try backend.sum(all, all)
      // What was turned for the sum is turned once.
      let again = try backend.attention(
        queries: all.columns(0..<32), keys: all.columns(32..<64), values: all.columns(64..<96),
        heads: 2, segments: rows.map { AttentionSegment(queries: $0, keys: $0) }, window: nil)
      let layer = try backend.linear(
        parameter(96, 32, seed: 5), bias: nil, activation: .none, feedsProducts: false)
      return try backend.joined([twice, layer(mixed), layer(again)])
    }
    let cpu = try CPU(threads: 1)
    let expected = try cpu.values(of: body(cpu))
    for factors in FactorKind.allCases {
      let (values, plan) = try run(factors, PlanSize(images: 1, sentences: 1, tokens: 1), body)
      expectClose(factors, values, expected)
      #expect(plan.steps.count { $0.title == "rotate" } == 1)
    }
  }

  @Test func `gives wide blocks to many queries`() throws {
    let (segments, queries, keys, columns) = (50, 3, 70, 8 * 16)
    func body(_ backend: any Backend) throws -> Tensor {
      func rows(_ count: Int, seed: UInt64) throws -> Tensor {
        try backend.factors(
          of: backend.tensor(numbers(segments * count * columns, seed: seed), columns: columns))
      }
      let mixed = try backend.attention(
        queries: rows(queries, seed: 2), keys: rows(keys, seed: 3), values: rows(keys, seed: 4),
        heads: 8,
        segments: (0..<segments).map { segment in
          AttentionSegment(
            queries: segment * queries..<(segment + 1) * queries,
            keys: segment * keys..<(segment + 1) * keys)
        }, window: nil)
      let layer = try backend.linear(
        parameter(8, columns, seed: 5), bias: nil, activation: .none, feedsProducts: false)
      return try layer(mixed)
    }
    let cpu = try CPU(threads: 1)
    let expected = try cpu.values(of: body(cpu))
    for factors in [FactorKind.bf16, .f16] {
      let (values, plan) = try run(factors, PlanSize(images: 1, sentences: 1, tokens: 1), body)
      expectClose(factors, values, expected)
      #expect(kernels(plan) == ["attention_wide_16"])
    }
  }

  private let sentences: [[Int32]] = [[3, 9, 1], [4], Array(2..<19), [7, 7, 0, 8, 5]]
  /// Room for one sentence more, and for tokens that nobody has.
  private let room = PlanSize(images: 1, sentences: 6, tokens: 24, rows: 40)

  /// Where sentences lie: for a plan as if each had all of its room.
  private func segments(_ backend: any Backend) -> [Range<Int>] {
    guard backend is CPU else {
      return (0..<room.sentences).map { $0 * room.tokens..<($0 + 1) * room.tokens }
    }
    var start = 0
    return sentences.map { sentence in
      defer { start += sentence.count }
      return start..<start + sentence.count
    }
  }

  private func text(_ backend: any Backend, size: Int, window: Int?) throws -> Tensor {
    let isPlan = !(backend is CPU)
    let ids = isPlan ? [Int32](repeating: -1, count: room.rows) : sentences.flatMap { $0 }
    let x = try backend.gather(Parameter(numbers(20 * 16, seed: 6), shape: [20, 16]), ids)
    return try turned(backend, x, size: size, segments: segments(backend), window: window).mixed
  }

  @Test(arguments: [8, 16, 64], [nil, 2] as [Int?])
  func `reads sentences that lie one after the other`(size: Int, window: Int?) throws {
    let cpu = try CPU(threads: 1)
    let expected = try cpu.values(of: text(cpu, size: size, window: window))
    for factors in FactorKind.allCases {
      let (values, _) = try run(factors, room, sentences: sentences) {
        try text($0, size: size, window: window)
      }
      expectClose(factors, Array(values.prefix(expected.count)), expected)
      #expect(values.dropFirst(expected.count).allSatisfy { $0 == 0 }, "no sentence's rows")
      let nobody = try run(factors, room) { try text($0, size: size, window: window) }.values
      #expect(nobody.allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: [nil, 2] as [Int?])
  func `reads factors of such sentences`(window: Int?) throws {
    func body(_ backend: any Backend) throws -> Tensor {
      let isPlan = !(backend is CPU)
      let ids = isPlan ? [Int32](repeating: -1, count: room.rows) : sentences.flatMap { $0 }
      let x = try backend.factors(
        of: backend.gather(Parameter(numbers(20 * 32, seed: 6), shape: [20, 32]), ids))
      let mixed = try backend.attention(
        queries: x, keys: x, values: x, heads: 2,
        segments: segments(backend).map { AttentionSegment(queries: $0, keys: $0) },
        window: window)
      let layer = try backend.linear(
        parameter(8, 32, seed: 5), bias: nil, activation: .none, feedsProducts: false)
      return try layer(mixed)
    }
    let cpu = try CPU(threads: 1)
    let expected = try cpu.values(of: body(cpu))
    for factors in FactorKind.allCases {
      let (values, plan) = try run(factors, room, sentences: sentences, body)
      expectClose(factors, Array(values.prefix(expected.count)), expected)
      #expect(values.dropFirst(expected.count).allSatisfy { $0 == 0 }, "no sentence's rows")
      let kernel = factors == .f32 ? "floats" : window == nil ? "units" : "factors"
      #expect(kernels(plan) == ["attention_\(kernel)_16"])
    }
  }

  @Test func `joins such sentences with other rows`() throws {
    let cells = 5
    func body(_ backend: any Backend) throws -> Tensor {
      let text = try text(backend, size: 16, window: nil)
      let image = try backend.tensor(numbers(cells * 32, seed: 7), columns: 32)
      let recorder = backend as? PlanRecorder
      let parts = try segments(backend).enumerated().flatMap { index, rows in
        [image, try recorder?.sentence(text, index) ?? text.rows(rows)]
      }
      var start = 0
      let joint = segments(backend).map { rows in
        defer { start += cells + rows.count }
        return start..<start + cells + rows.count
      }
      let x = try backend.factors(of: backend.joined(parts))
      let mixed = try backend.attention(
        queries: x, keys: x, values: x, heads: 2,
        segments: joint.map { AttentionSegment(queries: $0, keys: $0) }, window: nil)
      let layer = try backend.linear(
        parameter(8, 32, seed: 5), bias: nil, activation: .none, feedsProducts: false)
      return try layer(mixed)
    }
    let cpu = try CPU(threads: 1)
    let expected = try cpu.values(of: body(cpu))
    for factors in FactorKind.allCases {
      let (values, plan) = try run(factors, room, sentences: sentences, body)
      #expect(values.allSatisfy { $0.isFinite })
      let found = sentences.enumerated().flatMap { index, sentence in
        let start = index * (cells + room.tokens)
        return Array(values[8 * start..<8 * (start + cells + sentence.count)])
      }
      expectClose(factors, found, expected)
      #expect(plan.slots[.starts] != nil && (plan.slots[.positions] != nil) == (factors == .f32))
    }
  }
}
