internal import Tensors

/// The network of SPEC §1, written once for every backend.
struct GroundingNetwork {
  let configuration: ModelConfiguration
  let backend: any Backend
  let backbone: ImageBackbone
  let textEncoder: TextEncoder
  let resizer: FeatureResizer
  let joint: JointTransformer

  /// - ranges: nil where the backbone's activations stay floats.
  init(
    _ weights: Checkpoint.Folder, _ configuration: ModelConfiguration, ranges: BackboneRanges?,
    on backend: any Backend
  ) throws {
    self.configuration = configuration
    self.backend = backend
    backbone = try ImageBackbone(weights, configuration, ranges: ranges, on: backend)
    let transformer = weights["transformer"]
    textEncoder = try TextEncoder(transformer["text_encoder"], configuration, on: backend)
    resizer = try FeatureResizer(transformer["resizer"], configuration, on: backend)
    joint = try JointTransformer(weights, configuration, on: backend)
  }

  /// Names and shapes of all weights, as this source calls them, and how it differs from them.
  static func survey(_ source: any NamedTensorSource, _ configuration: ModelConfiguration) throws
    -> (weights: [(name: String, shape: [Int])], misfit: CheckpointError.Misfit)
  {
    let reader = Checkpoint.Reader(source, surveys: true)
    _ = try GroundingNetwork(
      Checkpoint.Folder(reader), configuration, ranges: nil, on: SurveyBackend())
    return (reader.asked, reader.misfit)
  }
}

/// An image as the cross-encoder reads it.
struct ImageTokens {
  /// [cells, channels]
  let tokens: Tensor
  /// [cells, channels]
  let positions: Tensor
  /// Nil when no cell is padding.
  let kept: [Bool]?
  /// False when the arithmetic failed, and the tokens mean nothing.
  let isSound: Bool
}

/// A sentence beside its image.
struct Pairing {
  let image: ImageTokens
  /// [tokens, channels]
  let text: Tensor
  /// False on padding tokens, where a caller insists on padding; nil keeps all.
  var keptText: [Bool]?
}

/// Cross-encoder, decoder and heads over several pairs of image and sentence at once.
struct JointTransformer {
  private let configuration: ModelConfiguration
  private let backend: any Backend
  private let encoder: [EncoderLayer]
  private let decoder: [DecoderLayer]
  private let decoderNorm: any NormLayer
  private let queryPlaces: Parameter
  private let heads: Heads

  init(
    _ weights: Checkpoint.Folder, _ configuration: ModelConfiguration, on backend: any Backend
  ) throws {
    self.configuration = configuration
    self.backend = backend
    let transformer = weights["transformer"]
    encoder = try (0..<configuration.encoderLayers).map { index in
      try EncoderLayer(transformer["encoder"]["layers"][index], configuration, on: backend)
    }
    decoder = try (0..<configuration.decoderLayers).map { index in
      try DecoderLayer(transformer["decoder"]["layers"][index], configuration, on: backend)
    }
    decoderNorm = try backend.norm(transformer["decoder"]["norm"], configuration.channels)
    queryPlaces = try weights["query_embed"](
      "weight", configuration.queries, configuration.channels)
    heads = try Heads(weights, configuration, on: backend)
  }

  /// Image cells and text tokens of some pairs, one pair after the other.
  struct Sequence {
    /// [rows, channels]
    let tokens: Tensor
    /// [rows, channels], zero for text
    let positions: Tensor
    let segments: [AttentionSegment]
  }

  /// SPEC §1.6
  func join(_ pairs: [Pairing]) throws(TensorError) -> Sequence {
    let rows = pairs.reduce(0) { $0 + $1.image.tokens.rows + $1.text.rows }
    let tokens = try backend.tensor(rows: rows, columns: configuration.channels)
    let positions = try backend.tensor(rows: rows, columns: configuration.channels)
    var segments: [AttentionSegment] = []
    var start = 0
    for pair in pairs {
      let middle = start + pair.image.tokens.rows
      let end = middle + pair.text.rows
      try backend.copy(pair.image.tokens, to: tokens.rows(start..<middle))
      try backend.copy(pair.text, to: tokens.rows(middle..<end))
      try backend.copy(pair.image.positions, to: positions.rows(start..<middle))
      try backend.clear(positions.rows(middle..<end))
      segments.append(
        AttentionSegment(queries: start..<end, keys: start..<end, kept: kept(pair)))
      start = end
    }
    return Sequence(tokens: tokens, positions: positions, segments: segments)
  }

  private func kept(_ pair: Pairing) -> [Bool]? {
    guard pair.image.kept != nil || pair.keptText != nil else { return nil }
    return (pair.image.kept ?? [Bool](repeating: true, count: pair.image.tokens.rows))
      + (pair.keptText ?? [Bool](repeating: true, count: pair.text.rows))
  }

  /// The cross-encoder, over the memory of `sequence.tokens`.
  func encode(_ sequence: Sequence) throws(TensorError) {
    for layer in encoder {
      try layer(sequence.tokens, positions: sequence.positions, sequence.segments)
    }
  }

  /// The decoder's states after `layers` of its layers (nil: all), normalised: [pairs · queries, channels].
  func decode(_ sequence: Sequence, layers: Int? = nil) throws(TensorError) -> Tensor {
    let (pairs, count) = (sequence.segments.count, configuration.queries)
    let queries = try backend.tensor(rows: pairs * count, columns: configuration.channels)
    let places = try backend.tensor(rows: pairs * count, columns: configuration.channels)
    try backend.clear(queries)
    let learned = try backend.gather(queryPlaces, (0..<Int32(count)).map { $0 })
    var among: [AttentionSegment] = []
    var over: [AttentionSegment] = []
    for (pair, segment) in sequence.segments.enumerated() {
      let rows = pair * count..<(pair + 1) * count
      try backend.copy(learned, to: places.rows(rows))
      among.append(AttentionSegment(queries: rows, keys: rows))
      over.append(AttentionSegment(queries: rows, keys: segment.keys, kept: segment.kept))
    }
    let placedMemory = try backend.sum(sequence.tokens, sequence.positions)
    for layer in decoder.prefix(layers ?? decoder.count) {
      try layer(
        queries, places: places, memory: sequence.tokens, placedMemory: placedMemory,
        among: among, over: over)
    }
    return try decoderNorm(queries)
  }

  /// Boxes [rows, 4] and logits [rows, 1] of decoded queries.
  func answer(_ states: Tensor) throws(TensorError) -> (boxes: Tensor, logits: Tensor) {
    try heads(states)
  }
}
