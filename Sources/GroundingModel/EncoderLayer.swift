internal import Tensors

/// One layer of the cross-encoder, norms behind (Vaswani et al., 2017; SPEC §1.7).
struct EncoderLayer {
  private let selfAttention: Attention
  private let attentionNorm: any NormLayer
  private let feedForward: FeedForward
  private let feedForwardNorm: any NormLayer

  init(
    _ weights: Checkpoint.Folder, _ configuration: ModelConfiguration, on backend: any Backend
  ) throws {
    let channels = configuration.channels
    selfAttention = try Attention(
      weights["self_attn"], channels: channels, heads: configuration.heads, isSelf: true,
      on: backend)
    attentionNorm = try backend.norm(weights["norm1"], channels)
    feedForward = try FeedForward(
      weights, channels: channels, inner: configuration.feedForward, on: backend)
    feedForwardNorm = try backend.norm(weights["norm2"], channels)
  }

  /// What attention makes of tokens before they meet: rows may be moved after it.
  func projected(_ factors: Factors) throws(TensorError) -> Attention.Projected {
    try selfAttention.projected(factors)
  }

  /// - tokens: [rows, channels], overwritten; projected: of the same rows.
  /// - positions: [rows, channels], added to queries and keys of the next layer.
  /// - Returns: what the tokens have become, for the next layer.
  func callAsFunction(
    _ tokens: Tensor, _ projected: Attention.Projected, positions: Tensor,
    _ segments: [AttentionSegment]
  ) throws(TensorError) -> Factors {
    try selfAttention.attend(projected, segments, addTo: tokens)
    let attended = try attentionNorm.normalize(tokens, placing: nil)
    try feedForward(attended.values, addTo: tokens)
    return try feedForwardNorm.normalize(tokens, placing: positions)
  }
}
