internal import Tensors

/// One layer of the cross-encoder, norms behind (Vaswani et al., 2017; SPEC §1.7).
struct EncoderLayer {
  private let backend: any Backend
  private let selfAttention: Attention
  private let attentionNorm: any NormLayer
  private let feedForward: FeedForward
  private let feedForwardNorm: any NormLayer

  init(
    _ weights: Checkpoint.Folder, _ configuration: ModelConfiguration, on backend: any Backend
  ) throws {
    let channels = configuration.channels
    self.backend = backend
    selfAttention = try Attention(
      weights["self_attn"], channels: channels, heads: configuration.heads, isSelf: true,
      on: backend)
    attentionNorm = try backend.norm(weights["norm1"], channels)
    feedForward = try FeedForward(
      weights, channels: channels, inner: configuration.feedForward, on: backend)
    feedForwardNorm = try backend.norm(weights["norm2"], channels)
  }

  /// - tokens: [rows, channels], overwritten; positions: the same size, added to queries and keys.
  func callAsFunction(_ tokens: Tensor, positions: Tensor, _ segments: [AttentionSegment])
    throws(TensorError)
  {
    let placed = try backend.sum(tokens, positions)
    try selfAttention.attendToSelf(placed, values: tokens, segments, addTo: tokens)
    try attentionNorm.normalize(tokens)
    try feedForward(tokens)
    try feedForwardNorm.normalize(tokens)
  }
}
