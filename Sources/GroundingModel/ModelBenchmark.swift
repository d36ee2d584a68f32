internal import JSON
public import Tensors

/// How fast the network is on one image and eight sentences of 8, 10, 12, 14, 16, 18, 20 and 24 tokens.
public struct ModelBenchmark: Sendable {
  /// Times of one part, in milliseconds.
  public struct Timing: Hashable, Sendable {
    public var name: String
    public var median: Double
    public var best: Double
    public var repetitions: Int
    /// Of one repetition; 0 where it is not counted.
    public var operations: Double

    /// At the median.
    public var gigaflops: Double { operations / median / 1e6 }
  }

  public let threads: Int
  public let precision: Precision
  public let configuration: ModelConfiguration
  public let timings: [Timing]

  /// Tokens of each sentence.
  public static let sentences = [8, 10, 12, 14, 16, 18, 20, 24]
  /// Tokens of the sentence of a pair.
  public static let pairTokens = 16

  /// The image of the workload: [3, side, side].
  public static func pixels(_ configuration: ModelConfiguration) -> [Float] {
    Workload(configuration).pixels
  }

  /// - repetitions: of each part, after one that does not count.
  public init(_ grounder: MedGrounder, repetitions: Int = 9) throws(ModelError) {
    configuration = grounder.configuration
    threads = grounder.threads
    precision = grounder.precision
    timings = try translating { try Self.measureAll(grounder, repetitions) }
  }

  private static func measureAll(_ grounder: MedGrounder, _ repetitions: Int) throws -> [Timing] {
    let configuration = grounder.configuration
    let workload = Workload(configuration)
    let all = ModelOperations(configuration, sentences: sentences)
    let pair = ModelOperations(configuration, sentences: [pairTokens])
    let image = try grounder.encode(workload.pixels, nil)
    let text = try grounder.encodeText(workload.sentences)
    let joint = grounder.network.joint
    let sequence = try joint.join(
      text.ranges.map { Pairing(image: image, text: text.features.rows($0)) })
    let memory = try joint.encode(sequence)
    let parts: [(String, Double, () throws -> Void)] = [
      ("report", all.total, { _ = try grounder.ground([workload.report]) }),
      ("pair", pair.total, { _ = try grounder.ground([workload.pair]) }),
      ("backbone", all.backbone, { _ = try grounder.encode(workload.pixels, nil) }),
      ("text", all.text, { _ = try grounder.encodeText(workload.sentences) }),
      ("cross", all.cross, { _ = try joint.encode(sequence) }),
      ("decoder", all.decoder, { _ = try joint.answer(joint.decode(memory, sequence.segments)) }),
    ]
    return try parts.map { name, operations, body in
      try measure(name, operations, repetitions, body)
    }
  }

  private static func measure(
    _ name: String, _ operations: Double, _ repetitions: Int, _ body: () throws -> Void
  ) throws -> Timing {
    let clock = ContinuousClock()
    try body()
    let times = try (0..<max(1, repetitions)).map { _ in
      try clock.measure(body) / .milliseconds(1)
    }.sorted()
    return Timing(
      name: name, median: times[times.count / 2], best: times[0], repetitions: times.count,
      operations: operations)
  }

  /// `{"threads", "parts": [{"name", "median_ms", "best_ms", "repetitions", "gflop", "gflops"}], …}`
  public var json: String {
    let parts = timings.map { timing in
      JSON.object([
        .init("name", .string(timing.name)), .init("median_ms", .number(rounded(timing.median))),
        .init("best_ms", .number(rounded(timing.best))),
        .init("repetitions", .integer(Int64(timing.repetitions))),
        .init("gflop", .number(rounded(timing.operations / 1e9))),
        .init("gflops", .number(rounded(timing.gigaflops))),
      ])
    }
    return JSON.object([
      .init("threads", .integer(Int64(threads))), .init("precision", .string(precision.rawValue)),
      .init("device", "cpu"), .init("image", .integer(Int64(configuration.side))),
      .init("sentence_tokens", .array(Self.sentences.map { .integer(Int64($0)) })),
      .init("parts", .array(parts)),
    ]).text
  }

  private func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}

/// A seeded image and seeded sentences; their content does not change the time.
private struct Workload {
  let pixels: [Float]
  let sentences: [[Int32]]
  let report: GroundingRequest
  let pair: GroundingRequest

  init(_ configuration: ModelConfiguration) {
    var random = SeededNumbers(seed: 7)
    let area = configuration.side * configuration.side
    pixels = (0..<3 * area).map { _ in random.uniform(-2, 2) }
    func sentence(_ tokens: Int) -> [Int32] {
      var ids = (0..<tokens).map { _ in Int32(random.below(configuration.vocabulary)) }
      ids[0] = Int32(configuration.startToken)
      ids[tokens - 1] = Int32(configuration.endToken)
      return ids
    }
    sentences = ModelBenchmark.sentences.map(sentence)
    report = GroundingRequest(pixels: pixels, sentences: sentences)
    pair = GroundingRequest(
      pixels: pixels, sentences: [sentence(ModelBenchmark.pairTokens)])
  }
}
