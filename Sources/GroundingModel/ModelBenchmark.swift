internal import JSON
internal import Seeds
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
    /// Operations a second that the machine reaches at best on such work.
    public var peak: Double

    /// At the median.
    public var gigaflops: Double { operations / median / 1e6 }
    /// Of the machine's peak, from 0 to 1. Convolutions are counted in full: Winograd's do with fewer
    /// operations, and can be beyond 1.
    public var share: Double { gigaflops * 1e9 / peak }
  }

  public let threads: Int
  public let precision: Precision
  public let configuration: ModelConfiguration
  public let timings: [Timing]
  /// Root mean square of the difference between this network's image features and those in f32, as a share
  /// of theirs, on another image than the workload's; nil where it was not asked for.
  public private(set) var featuresError: Double?

  /// Tokens of each sentence.
  public static let sentences = [8, 10, 12, 14, 16, 18, 20, 24]
  /// Tokens of the sentence of a pair.
  public static let pairTokens = 16

  /// The image of the workload: [3, side, side].
  public static func pixels(_ configuration: ModelConfiguration) -> [Float] {
    Workload(configuration).pixels.values
  }

  /// The same as samples of one plane, [side, side].
  public static func samples(_ configuration: ModelConfiguration) -> [UInt8] {
    Workload(configuration).samples
  }

  /// Fills in `featuresError`.
  ///
  /// - floats: the same weights in f32.
  public mutating func compare(_ grounder: MedGrounder, with floats: MedGrounder) throws(ModelError)
  {
    let pixels = Workload(configuration, seed: 8).pixels.values
    let (values, exact) = try translating {
      (
        try grounder.network.backend.values(of: grounder.encode(pixels, nil).tokens),
        try floats.network.backend.values(of: floats.encode(pixels, nil).tokens)
      )
    }
    let error = zip(values, exact).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    featuresError = (error / exact.reduce(0.0) { $0 + Double($1 * $1) }).squareRoot()
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
    let pixels = workload.pixels.values
    let image = try grounder.encode(pixels, nil)
    let text = try grounder.encodeText(workload.sentences)
    let joint = grounder.network.joint
    let sequence = try joint.join(
      text.ranges.map { Pairing(image: image, text: text.features.rows($0)) })
    let memory = try joint.encode(sequence)
    let peak = try MachinePeak(of: grounder.cpu)
    func together(_ work: ModelOperations) -> Double {
      work.total
        / (work.backbone / peak.convolutions + (work.total - work.backbone) / peak.products)
    }
    let parts: [(String, Double, Double, () throws -> Void)] = [
      ("report", all.total, together(all), { _ = try grounder.ground([workload.report]) }),
      ("pair", pair.total, together(pair), { _ = try grounder.ground([workload.pair]) }),
      (
        "backbone", all.backbone, peak.convolutions,
        { _ = try grounder.encode(pixels, nil) }
      ),
      ("text", all.text, peak.products, { _ = try grounder.encodeText(workload.sentences) }),
      ("cross", all.cross, peak.products, { _ = try joint.encode(sequence) }),
      (
        "decoder", all.decoder, peak.products,
        { _ = try joint.answer(joint.decode(memory, sequence.segments)) }
      ),
    ]
    return try parts.map { name, operations, peak, body in
      try measure(name, operations, peak, repetitions, body)
    }
  }

  private static func measure(
    _ name: String, _ operations: Double, _ peak: Double, _ repetitions: Int,
    _ body: () throws -> Void
  ) throws -> Timing {
    let clock = ContinuousClock()
    try body()
    let times = try (0..<max(1, repetitions)).map { _ in
      try clock.measure(body) / .milliseconds(1)
    }.sorted()
    return Timing(
      name: name, median: times[times.count / 2], best: times[0], repetitions: times.count,
      operations: operations, peak: peak)
  }

  /// `{"threads", "parts": [{"name", "median_ms", "best_ms", "repetitions", "gflop", "gflops", "peak_gflops", "share_of_peak"}], …}`
  public var json: String {
    let parts = timings.map { timing in
      JSON.object([
        .init("name", .string(timing.name)), .init("median_ms", .number(rounded(timing.median))),
        .init("best_ms", .number(rounded(timing.best))),
        .init("repetitions", .integer(Int64(timing.repetitions))),
        .init("gflop", .number(rounded(timing.operations / 1e9))),
        .init("gflops", .number(rounded(timing.gigaflops))),
        .init("peak_gflops", .number(rounded(timing.peak / 1e9))),
        .init("share_of_peak", .number(rounded(timing.share))),
      ])
    }
    var members: [JSON.Member] = [
      .init("threads", .integer(Int64(threads))), .init("precision", .string(precision.rawValue)),
      .init("device", "cpu"), .init("image", .integer(Int64(configuration.side))),
      .init("sentence_tokens", .array(Self.sentences.map { .integer(Int64($0)) })),
      .init("parts", .array(parts)),
    ]
    if let featuresError {
      members.append(.init("image_features_error", .number((featuresError * 1e6).rounded() / 1e6)))
    }
    return JSON.object(members).text
  }

  private func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}

/// A seeded image and seeded sentences; their content does not change the time.
struct Workload {
  /// Of one plane, as most films are.
  let samples: [UInt8]
  let sentences: [[Int32]]
  let report: GroundingRequest
  let pair: GroundingRequest

  var pixels: ImagePixels { .samples(samples, planes: 1) }

  init(_ configuration: ModelConfiguration, seed: UInt64 = 7) {
    var random = SeededNumbers(seed: seed)
    let area = configuration.side * configuration.side
    samples = (0..<area).map { _ in UInt8(random.below(256)) }
    func sentence(_ tokens: Int) -> [Int32] {
      var ids = (0..<tokens).map { _ in Int32(random.below(configuration.vocabulary)) }
      ids[0] = Int32(configuration.startToken)
      ids[tokens - 1] = Int32(configuration.endToken)
      return ids
    }
    sentences = ModelBenchmark.sentences.map(sentence)
    report = GroundingRequest(pixels: .samples(samples, planes: 1), sentences: sentences)
    pair = GroundingRequest(
      pixels: .samples(samples, planes: 1), sentences: [sentence(ModelBenchmark.pairTokens)])
  }
}
