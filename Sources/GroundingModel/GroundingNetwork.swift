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

/// An image as the cross-encoder reads it, without the cells that are padding: nobody would attend to them.
struct ImageTokens {
  /// [cells, channels]
  let tokens: Tensor
  /// [cells, channels]
  let positions: Tensor
  /// False when the arithmetic failed, and the tokens mean nothing.
  let isSound: Bool
}

/// A sentence beside its image.
struct Pairing {
  let image: ImageTokens
  /// [tokens, channels]
  let text: Tensor
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
    /// Every image once, and every text.
    fileprivate let distinct: Distinct
  }

  /// The tokens of a sequence before pairs that share an image have become different.
  fileprivate struct Distinct {
    var tokens: [Tensor] = []
    var positions: [Tensor] = []
    /// Which of its rows make up the sequence.
    var origins: [Range<Int>] = []
    private var images: [(tokens: Tensor, rows: Range<Int>)] = []
    private var rows = 0

    mutating func add(_ image: ImageTokens) {
      if let known = images.first(where: { $0.tokens.isSame(as: image.tokens) }) {
        origins.append(known.rows)
      } else {
        add(image.tokens, image.positions)
        images.append((image.tokens, origins[origins.count - 1]))
      }
    }

    /// True when the sequence is all of its rows, one after the other.
    var isInOrder: Bool {
      var end = 0
      return origins.allSatisfy { origin in
        defer { end = origin.upperBound }
        return origin.lowerBound == end
      }
    }

    mutating func add(_ tokens: Tensor, _ positions: Tensor) {
      self.tokens.append(tokens)
      self.positions.append(positions)
      origins.append(rows..<rows + tokens.rows)
      rows += tokens.rows
    }
  }

  /// SPEC §1.6
  func join(_ pairs: [Pairing]) throws(TensorError) -> Sequence {
    let longest = pairs.map { $0.text.rows }.max() ?? 0
    let nowhere = try backend.tensor(rows: longest, columns: configuration.channels)
    try backend.clear(nowhere)
    var distinct = Distinct()
    var (tokens, positions): ([Tensor], [Tensor]) = ([], [])
    var segments: [AttentionSegment] = []
    for pair in pairs {
      let textPositions = nowhere.rows(0..<pair.text.rows)
      distinct.add(pair.image)
      distinct.add(pair.text, textPositions)
      tokens += [pair.image.tokens, pair.text]
      positions += [pair.image.positions, textPositions]
      let start = segments.last?.keys.upperBound ?? 0
      let rows = start..<start + pair.image.tokens.rows + pair.text.rows
      segments.append(AttentionSegment(queries: rows, keys: rows))
    }
    return Sequence(
      tokens: try backend.joined(tokens), positions: try backend.joined(positions),
      segments: segments, distinct: distinct)
  }

  /// The cross-encoder, over the memory of `sequence.tokens`.
  ///
  /// - Returns: what the decoder reads.
  func encode(_ sequence: Sequence) throws(TensorError) -> Factors {
    var memory: Factors?
    for layer in encoder {
      let projected =
        if let memory {
          try layer.projected(memory)
        } else {
          try spread(layer, over: sequence.distinct)
        }
      memory = try layer(
        sequence.tokens, projected, positions: sequence.positions, sequence.segments)
    }
    if let memory { return memory }
    return try factors(sequence.tokens, sequence.positions)
  }

  /// Projections of the first layer, which know of no sentence yet: once for each image.
  private func spread(
    _ first: EncoderLayer, over distinct: Distinct
  ) throws(TensorError) -> Attention.Projected {
    let once = try first.projected(
      factors(backend.joined(distinct.tokens), backend.joined(distinct.positions)))
    if distinct.isInOrder { return once }
    return Attention.Projected(
      queriesAndKeys: try backend.joined(distinct.origins.map { once.queriesAndKeys.rows($0) }),
      values: try backend.joined(distinct.origins.map { once.values.rows($0) }))
  }

  private func factors(_ x: Tensor, _ positions: Tensor) throws(TensorError) -> Factors {
    Factors(
      values: try backend.factors(of: x),
      placed: try backend.factors(of: backend.sum(x, positions)))
  }

  /// The decoder's states after `layers` of its layers (nil: all), normalised: [pairs · queries, channels].
  ///
  /// - memory: what `encode` returned.
  func decode(
    _ memory: Factors, _ segments: [AttentionSegment], layers: Int? = nil
  ) throws(TensorError) -> Tensor {
    let states = try decode(memory, segments, layers: layers) { (_) throws(TensorError) in }
    try decoderNorm.normalize(states, placing: nil)
    return states
  }

  /// The states after every layer, normalised: all of them learn (SPEC §1.10).
  func decodeEach(_ memory: Factors, _ segments: [AttentionSegment]) throws(TensorError) -> [Tensor]
  {
    var states: [Tensor] = []
    _ = try decode(memory, segments, layers: nil) { (queries) throws(TensorError) in
      let copy = try backend.joined([queries])
      try decoderNorm.normalize(copy, placing: nil)
      states.append(copy)
    }
    return states
  }

  /// - observe: is shown the states after each layer, before they are normalised.
  private func decode(
    _ memory: Factors, _ segments: [AttentionSegment], layers: Int?,
    observe: (Tensor) throws(TensorError) -> Void
  ) throws(TensorError) -> Tensor {
    let count = configuration.queries
    let queries = try backend.tensor(
      rows: segments.count * count, columns: configuration.channels)
    try backend.clear(queries)
    let learned = try backend.gather(queryPlaces, (0..<Int32(count)).map { $0 })
    let places = try backend.joined(segments.map { _ in learned })
    var among: [AttentionSegment] = []
    var over: [AttentionSegment] = []
    for (pair, segment) in segments.enumerated() {
      let rows = pair * count..<(pair + 1) * count
      among.append(AttentionSegment(queries: rows, keys: rows))
      over.append(AttentionSegment(queries: rows, keys: segment.keys))
    }
    var factors = try factors(queries, places)
    for layer in decoder.prefix(layers ?? decoder.count) {
      factors = try layer(
        queries, factors, places: places, memory: memory, among: among, over: over)
      try observe(queries)
    }
    return queries
  }

  /// Boxes [rows, 4] and logits [rows, 1] of decoded queries.
  func answer(_ states: Tensor) throws(TensorError) -> (boxes: Tensor, logits: Tensor) {
    try heads(states)
  }
}
