internal import Boxes
internal import Seeds
public import Tensors

/// Weights drawn from a seed: a network of the right shape that has learnt nothing.
public struct SeededWeights: NamedTensorSource {
  public let configuration: ModelConfiguration
  public let seed: UInt64
  public let names: [String]
  private let shapes: [String: [Int]]
  private var calibrated: [String: [Float]] = [:]

  /// - Throws: nothing but what a backend without arithmetic throws, which is nothing.
  public init(_ configuration: ModelConfiguration, seed: UInt64) throws(ModelError) {
    self.configuration = configuration
    self.seed = seed
    let asked = try translating {
      try GroundingNetwork.survey(NoTensors(), configuration).weights
    }
    names = asked.map { $0.name }
    shapes = Dictionary(asked.map { ($0.name, $0.shape) }) { first, _ in first }
  }

  public func facts(of name: String) -> TensorFacts? {
    shapes[name].map { TensorFacts(type: .f32, shape: $0) }
  }

  public func parameter(_ name: String) throws(CheckpointError) -> Parameter {
    guard let shape = shapes[name] else { throw .noTensor(name: name) }
    return Parameter(calibrated[name] ?? values(name, shape), shape: shape)
  }

  /// Writes the weights as a checkpoint whose metadata says “untrained”.
  ///
  /// With `calibrates`, the confidence head is scaled and shifted so that about half of all sentences
  /// have a query above a confidence of 0.8.
  public static func write(
    _ configuration: ModelConfiguration, seed: UInt64, calibrates: Bool = true, to path: String
  ) throws(ModelError) {
    var weights = try SeededWeights(configuration, seed: seed)
    if calibrates { try weights.calibrate() }
    let source = weights
    try translating {
      let tensors = try source.names.map { name in
        StoredTensor(
          name, source.shapes[name] ?? [], .floats(try source.parameter(name).values))
      }
      try Checkpoint.write(
        tensors,
        metadata: [
          ("config", configuration.json), ("name", "grounded-untrained"),
          ("untrained", "true"), ("seed", String(seed)),
        ], to: path)
    }
  }
}

extension ModelConfiguration {
  /// A network of some megabytes that answers in milliseconds.
  ///
  /// - vocabulary: of the tokenizer that goes with it; padToken and so on stay as they are where they fit.
  public static func small(vocabulary: Int = 50368) -> ModelConfiguration {
    var small = ModelConfiguration()
    small.blocks = [1, 1, 1, 1]
    small.width = 16
    small.side = 320
    (small.channels, small.heads, small.feedForward) = (64, 4, 128)
    (small.encoderLayers, small.decoderLayers, small.queries) = (2, 2, 16)
    (small.textChannels, small.textHeads, small.textLayers) = (32, 4, 3)
    small.textFeedForward = 48
    small.vocabulary = vocabulary
    if vocabulary <= small.padToken {
      (small.padToken, small.startToken, small.endToken) = (0, 1, 2)
    }
    return small
  }
}

extension SeededWeights {
  /// Numbers with which training of a new layer begins (SPEC §2): weights after Glorot and Bengio (2010,
  /// equation 16), biases of 0, norms that only normalise.
  func beginning(_ name: String, _ shape: [Int]) -> [Float] {
    let count = shape.reduce(1, *)
    guard shape.count > 1 else {
      return [Float](repeating: name.hasSuffix("bias") ? 0 : 1, count: count)
    }
    let area = shape.dropFirst(2).reduce(1, *)
    let bound = (6 / Float((shape[0] + shape[1]) * area)).squareRoot()
    var random = random(for: name)
    return (0..<count).map { _ in random.uniform(-bound, bound) }
  }

  /// Numbers of mean 0.
  func normal(_ name: String, _ shape: [Int], deviation: Float) -> [Float] {
    var random = random(for: name)
    return (0..<shape.reduce(1, *)).map { _ in deviation * random.normal() }
  }

  /// Every tensor has numbers of its own, whatever else is drawn.
  private func random(for name: String) -> SeededNumbers {
    let hash = name.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
      ($0 ^ UInt64($1)) &* 0x0100_0000_01B3
    }
    return SeededNumbers(seed: seed ^ hash)
  }

  private func values(_ name: String, _ shape: [Int]) -> [Float] {
    var random = random(for: name)
    let count = shape.reduce(1, *)
    func normal(_ deviation: Float, mean: Float = 0) -> [Float] {
      (0..<count).map { _ in mean + deviation * random.normal() }
    }
    let inputs = Float(shape.dropFirst().reduce(1, *))
    if name.hasSuffix("running_var") { return [Float](repeating: 1, count: count) }
    if name.hasSuffix("running_mean") { return [Float](repeating: 0, count: count) }
    if name.hasSuffix("tok_embeddings.weight") || name == "query_embed.weight" {
      return normal(1)
    }
    if name.hasSuffix("bias") || shape.count == 1 && name.hasSuffix("in_proj_bias") {
      return normal(0.02)
    }
    if shape.count == 1 { return normal(0.1, mean: gain(name)) }
    if shape.count == 4 { return normal((2 / inputs).squareRoot()) }
    let boost: Float = name.hasSuffix("in_proj_weight") ? 1.5 : name == boxWeight ? 3 : 1
    return normal(boost / inputs.squareRoot())
  }

  private var boxWeight: String { "bbox_embed.layers.2.weight" }

  /// Residual branches of the backbone start small, so that its depth does not amplify noise.
  private func gain(_ name: String) -> Float {
    name.hasSuffix("bn3.weight") ? 0.3 : 1
  }

  private mutating func calibrate() throws(ModelError) {
    let (weightName, biasName) = ("confidence_embed.weight", "confidence_embed.bias")
    let highest = try highestLogits()
    let mean = highest.reduce(0, +) / Float(highest.count)
    let variance =
      highest.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(highest.count)
    let scale = min(50, max(1, 1 / max(variance.squareRoot(), 1e-3)))
    let median = highest.sorted()[highest.count / 2]
    let threshold: Float = 1.386_294_4  // the logit of 0.8
    let (weight, bias) = (
      values(weightName, shapes[weightName] ?? []), values(biasName, shapes[biasName] ?? [])
    )
    calibrated[weightName] = weight.map { $0 * scale }
    calibrated[biasName] = bias.map { threshold - scale * (median - $0) }
  }

  /// The highest logit of each of some seeded sentences on seeded images.
  private func highestLogits() throws(ModelError) -> [Float] {
    let grounder = try MedGrounder(self, configuration, threads: 1)
    var random = SeededNumbers(seed: seed)
    let area = configuration.side * configuration.side
    let requests = (0..<4).map { _ in
      let level = random.uniform(-1.5, 1.5)
      let pixels = (0..<3 * area).map { _ in level + random.uniform(-0.5, 0.5) }
      let sentences = (0..<8).map { _ in
        [Int32(configuration.startToken)]
          + (0..<4 + random.below(16)).map { _ in Int32(random.below(configuration.vocabulary)) }
          + [Int32(configuration.endToken)]
      }
      return GroundingRequest(pixels: pixels, sentences: sentences)
    }
    return try grounder.ground(requests).joined().map { $0.logits.max() ?? 0 }
  }
}

/// A file without tensors.
struct NoTensors: NamedTensorSource {
  var names: [String] { [] }

  func facts(of name: String) -> TensorFacts? { nil }

  func parameter(_ name: String) throws(CheckpointError) -> Parameter {
    throw .noTensor(name: name)
  }
}
