internal import Boxes
internal import JSON
public import Tensors

extension DeviceBenchmark {
  /// The farthest that a device's answers are from the processor's in 32-bit floats.
  public struct Parity: Sendable {
    public var network: String
    public var factors: FactorKind
    public var box: Float
    public var logit: Float

    /// In f32; nothing is asked of others but that they find the same regions.
    public static let tolerance: Float = 1e-3

    public var isPassed: Bool {
      guard factors == .f32 else { return box.isFinite && logit.isFinite }
      return box <= Self.tolerance && logit <= Self.tolerance
    }

    var json: JSON {
      [
        "network": .string(network), "factors": .string("\(factors)"), "box": .number(Double(box)),
        "logit": .number(Double(logit)), "passed": .boolean(isPassed),
        "allowed": factors == .f32 ? .number(Double(Self.tolerance)) : .null,
      ]
    }
  }

  /// Compares a device's answers with the processor's: on two gray images, which run together, and on one in color.
  public static func parity(
    _ name: String, _ grounder: DeviceGrounder, with floats: MedGrounder
  ) throws(ModelError) -> Parity {
    let gray = [7, 8].map { Workload(grounder.configuration, seed: $0) }
    let color = GroundingRequest(
      pixels: .samples(gray[0].samples + gray[1].samples + gray[0].samples.reversed(), planes: 3),
      sentences: gray[0].sentences)
    let requests = gray.map { $0.report } + [color]
    let answers = try grounder.ground(gray.map { $0.report }) + grounder.ground([color])
    let expected = try floats.ground(requests)
    func all(_ answers: [[QueryOutputs]], _ part: (QueryOutputs) -> [Float]) -> [Float] {
      answers.joined().flatMap(part)
    }
    return Parity(
      network: name, factors: grounder.factors,
      box: farthest(all(answers) { $0.boxes }, all(expected) { $0.boxes }),
      logit: farthest(all(answers) { $0.logits }, all(expected) { $0.logits }))
  }

  /// Compares a device's answers with what another implementation computed from the same weights.
  ///
  /// - golden: `pixels` [1, 3, side, side], `ids` and `mask` [sentences, tokens], and of every sentence `box`
  ///   [queries, 4] and `conf` [queries].
  /// - Throws: for a file that lacks one of them; `.badRequest` for sizes that do not fit.
  public static func parity(
    _ name: String, _ grounder: DeviceGrounder, golden: Checkpoint
  ) throws -> Parity {
    let (ids, mask) = (try golden.integers("ids"), try golden.integers("mask"))
    let tokens = golden.facts(of: "ids")?.shape.last ?? 0
    guard tokens > 0, ids.count == mask.count else {
      throw ModelError.badRequest(reason: "ids and mask of different sizes")
    }
    let sentences = stride(from: 0, to: ids.count, by: tokens).map { start in
      (start..<start + tokens).compactMap { place in
        mask[place] == 1 ? Int32(truncatingIfNeeded: ids[place]) : nil
      }
    }
    let request = GroundingRequest(
      pixels: try golden.parameter("pixels").values, sentences: sentences)
    let answers = try grounder.ground([request]).joined()
    let (boxes, logits) = (
      try golden.parameter("box").values, try golden.parameter("conf").values
    )
    guard boxes.count == answers.reduce(0, { $0 + $1.boxes.count }), logits.count * 4 == boxes.count
    else { throw ModelError.badRequest(reason: "\(boxes.count) numbers of boxes") }
    return Parity(
      network: name, factors: grounder.factors,
      box: farthest(answers.flatMap { $0.boxes }, boxes),
      logit: farthest(answers.flatMap { $0.logits }, logits))
  }

  private static func farthest(_ values: [Float], _ others: [Float]) -> Float {
    guard values.count == others.count else { return .infinity }
    return zip(values, others).reduce(0) { farthest, pair in
      let distance = abs(pair.0 - pair.1)
      return distance.isNaN ? .infinity : max(farthest, distance)
    }
  }
}
