internal import Tensors

/// One layer of the decoder, norms behind: queries talk to each other, then to image and text (SPEC §1.8).
struct DecoderLayer {
  private let backend: any Backend
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
    self.backend = backend
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

  /// - queries: [rows, channels], overwritten; places: the learned places of the queries.
  /// - memory, placedMemory: [rows, channels], the cross-encoder's result without and with positions.
  func callAsFunction(
    _ queries: Tensor, places: Tensor, memory: Tensor, placedMemory: Tensor,
    among: [AttentionSegment], over: [AttentionSegment]
  ) throws(TensorError) {
    let placed = try backend.sum(queries, places)
    try selfAttention.attendToSelf(placed, values: queries, among, addTo: queries)
    try selfNorm.normalize(queries)
    let settled = try backend.sum(queries, places)
    try crossAttention.attend(
      settled, keys: placedMemory, values: memory, over, addTo: queries)
    try crossNorm.normalize(queries)
    try feedForward(queries)
    try feedForwardNorm.normalize(queries)
  }
}
