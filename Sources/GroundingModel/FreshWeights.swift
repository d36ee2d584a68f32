public import Tensors

/// Weights with which a network begins that learns from nothing: drawn from a seed, of the sizes that keep
/// signals and gradients alike in all layers.
public struct FreshWeights: NamedTensorSource {
  /// In the order of the network.
  public let names: [String]
  private let seeded: SeededWeights
  private let shapes: [String: [Int]]

  /// The logit that every query begins with: most of them are to say nothing.
  private static let confidence: Float = -2

  /// - Throws: nothing but what a backend without arithmetic throws, which is nothing.
  public init(_ configuration: ModelConfiguration, seed: UInt64) throws(ModelError) {
    seeded = try SeededWeights(configuration, seed: seed)
    names = seeded.names
    shapes = Dictionary(
      names.compactMap { [seeded] name in seeded.facts(of: name).map { (name, $0.shape) } }
    ) { first, _ in first }
  }

  /// Nil for what the network does not have.
  public func facts(of name: String) -> TensorFacts? { seeded.facts(of: name) }

  /// Drawn anew each time, the same each time.
  public func parameter(_ name: String) throws(CheckpointError) -> Parameter {
    guard let shape = shapes[name] else { throw .noTensor(name: name) }
    return Parameter(values(name, shape), shape: shape)
  }

  private func values(_ name: String, _ shape: [Int]) -> [Float] {
    if name.hasSuffix("running_mean") { return [Float](repeating: 0, count: shape[0]) }
    if name == "confidence_embed.bias" {
      return [Float](repeating: Self.confidence, count: shape[0])
    }
    if name == "query_embed.weight" { return seeded.normal(name, shape, deviation: 1) }
    if name.hasSuffix("tok_embeddings.weight") { return seeded.normal(name, shape, deviation: 1) }
    if shape.count == 4 {
      // He et al., 2015: half of what a rectifier is given passes.
      let inputs = Float(shape.dropFirst().reduce(1, *))
      return seeded.normal(name, shape, deviation: (2 / inputs).squareRoot())
    }
    let values = seeded.beginning(name, shape)
    // Boxes begin near the middle, of middling size, whatever a query sees.
    return name == "bbox_embed.layers.2.weight" ? values.map { 0.1 * $0 } : values
  }
}
