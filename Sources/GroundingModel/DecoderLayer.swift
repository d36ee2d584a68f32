internal import Tensors

/// One layer of the decoder, norms behind: queries talk to each other, then to image and text (SPEC §1.8).
struct DecoderLayer {
  private let selfAttention: Attention
  private let selfNorm: any NormLayer
  private let crossAttention: Attention
  private let crossNorm: any NormLayer
  private let feedForward: FeedForward
  private let feedForwardNorm: any NormLayer

  init(
    _ weights: Checkpoint.Folder, _ configuration: ModelConfiguration, on backend: any Backend
  ) throws {
    let (channels, heads) = (configuration.channels, configuration.heads)
    selfAttention = try Attention(
      weights["self_attn"], channels: channels, heads: heads, isSelf: true, on: backend)
    selfNorm = try backend.norm(weights["norm1"], channels)
    crossAttention = try Attention(
      weights["cross_attn_image"], channels: channels, heads: heads, isSelf: false, on: backend)
    crossNorm = try backend.norm(weights["norm3"], channels)
    feedForward = try FeedForward(
      weights, channels: channels, inner: configuration.feedForward, on: backend)
    feedForwardNorm = try backend.norm(weights["norm4"], channels)
  }

  /// - queries: [rows, channels], overwritten; factors: of the queries with their places.
  /// - places: [rows, channels], the learned places of the queries.
  /// - memory: [rows, channels], the cross-encoder's result.
  /// - Returns: what the queries have become, for the next layer.
  func callAsFunction(
    _ queries: Tensor, _ factors: Factors, places: Tensor, memory: Factors,
    among: [AttentionSegment], over: [AttentionSegment]
  ) throws(TensorError) -> Factors {
    try selfAttention.attend(selfAttention.projected(factors), among, addTo: queries)
    let settled = try selfNorm.normalize(queries, placing: places)
    try crossAttention.attend(settled.placed, to: memory, over, addTo: queries)
    let attended = try crossNorm.normalize(queries, placing: nil)
    try feedForward(attended.values, addTo: queries)
    return try feedForwardNorm.normalize(queries, placing: places)
  }
}
