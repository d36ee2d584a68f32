internal import Tensors

/// ModernBERT (Warner et al., 2024; SPEC §1.5) on sentences of any length, packed without padding.
struct TextEncoder {
  private let backend: any Backend
  private let table: Parameter
  private let tableNorm: any NormLayer
  private let layers: [TextLayer]
  private let finalNorm: any NormLayer

  /// - weights: the folder of “embeddings”, “layers” and “final_norm”.
  init(
    _ weights: Checkpoint.Folder, _ configuration: ModelConfiguration, on backend: any Backend
  ) throws {
    let (channels, epsilon) = (configuration.textChannels, configuration.textNormEpsilon)
    self.backend = backend
    table = try weights["embeddings"]["tok_embeddings"](
      "weight", configuration.vocabulary, channels)
    table.releasePages()  // all of it was checked; sentences bring back the rows that they need
    tableNorm = try backend.norm(
      weights["embeddings"]["norm"], channels, hasBias: false, epsilon: epsilon)
    layers = try (0..<configuration.textLayers).map { index in
      try TextLayer(weights["layers"][index], index: index, configuration, on: backend)
    }
    finalNorm = try backend.norm(
      weights["final_norm"], channels, hasBias: false, epsilon: epsilon)
  }

  /// - ids: tokens of all sentences, one after the other; sentences: where each lies.
  /// - Returns: [tokens, text channels].
  func callAsFunction(_ ids: [Int32], sentences: [Range<Int>]) throws(TensorError) -> Tensor {
    let tokens = try backend.gather(table, ids)
    try tableNorm.normalize(tokens, placing: nil)
    for layer in layers { try layer(tokens, sentences: sentences) }
    try finalNorm.normalize(tokens, placing: nil)
    return tokens
  }
}

/// One layer of ModernBERT, norms in front, no biases.
struct TextLayer {
  private let backend: any Backend
  private let channels, heads: Int
  private let theta: Float
  /// How far a token sees to either side; nil in global layers.
  private let window: Int?
  /// Nil in the first layer, which follows a norm already.
  private let attentionNorm: (any NormLayer)?
  private let projection: any LinearLayer
  private let output: any LinearLayer
  private let gateNorm: any NormLayer
  private let activated: any LinearLayer
  private let gate: any LinearLayer
  private let reduce: any LinearLayer

  init(
    _ weights: Checkpoint.Folder, index: Int, _ configuration: ModelConfiguration,
    on backend: any Backend
  ) throws {
    let (channels, inner) = (configuration.textChannels, configuration.textFeedForward)
    let epsilon = configuration.textNormEpsilon
    let isGlobal = index % configuration.textGlobalEvery == 0
    self.backend = backend
    self.channels = channels
    heads = configuration.textHeads
    theta = isGlobal ? configuration.textThetaGlobal : configuration.textThetaLocal
    window = isGlobal ? nil : configuration.textWindow / 2
    attentionNorm =
      index == 0
      ? nil
      : try backend.norm(weights["attn_norm"], channels, hasBias: false, epsilon: epsilon)
    projection = try backend.linear(
      weights["attn"]["Wqkv"], 3 * channels, channels, hasBias: false)
    output = try backend.linear(weights["attn"]["Wo"], channels, channels, hasBias: false)
    gateNorm = try backend.norm(weights["mlp_norm"], channels, hasBias: false, epsilon: epsilon)
    let both = try weights["mlp"]["Wi"]("weight", 2 * inner, channels)
    activated = try backend.linear(
      both.rows(0..<inner), bias: nil, activation: .gelu, feedsProducts: true)
    gate = try backend.linear(
      both.rows(inner..<2 * inner), bias: nil, activation: .none, feedsProducts: true)
    reduce = try backend.linear(weights["mlp"]["Wo"], channels, inner, hasBias: false)
  }

  /// x += Attention(norm(x)); x += Wo · (gelu(a) ∘ g), where a, g = Wi · norm(x)
  ///
  /// - tokens: [tokens, channels], overwritten.
  func callAsFunction(_ tokens: Tensor, sentences: [Range<Int>]) throws(TensorError) {
    let source = try attentionNorm?(tokens) ?? tokens
    let all = try projection(source)
    try backend.rotate(
      all.columns(0..<2 * channels), heads: 2 * heads, theta: theta, segments: sentences)
    let mixed = try backend.attention(
      queries: all.columns(0..<channels), keys: all.columns(channels..<2 * channels),
      values: all.columns(2 * channels..<3 * channels), heads: heads,
      segments: sentences.map { AttentionSegment(queries: $0, keys: $0) }, window: window)
    try output.add(mixed, to: tokens)
    let normed = try gateNorm(tokens)
    try reduce.add(gate.product(normed, times: activated(normed)), to: tokens)
  }
}

/// From the text encoder's channels to the cross-encoder's (SPEC §1.5).
struct FeatureResizer {
  private let backend: any Backend
  private let linear: any LinearLayer
  private let norm: any NormLayer

  init(
    _ weights: Checkpoint.Folder, _ configuration: ModelConfiguration, on backend: any Backend
  ) throws {
    self.backend = backend
    linear = try backend.linear(
      weights["fc"], configuration.channels, configuration.textChannels)
    norm = try backend.norm(weights["layer_norm"], configuration.channels, epsilon: 1e-12)
  }

  /// - x: [tokens, text channels]. Returns [tokens, channels].
  func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
    let resized = try linear(x)
    try norm.normalize(resized, placing: nil)
    try backend.drop(resized)
    return resized
  }
}
