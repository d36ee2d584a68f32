internal import Tensors

extension Backend {
  /// A linear layer with the usual names, “weight” and “bias”.
  func linear(
    _ weights: Checkpoint.Folder, _ outputs: Int, _ inputs: Int, hasBias: Bool = true,
    activation: Activation = .none, feedsProducts: Bool = false, drops: Bool = false
  ) throws -> any LinearLayer {
    try linear(
      weights("weight", outputs, inputs), bias: hasBias ? weights("bias", outputs) : nil,
      activation: activation, feedsProducts: feedsProducts, drops: drops)
  }

  /// A layer normalisation with the usual names, “weight” and “bias”.
  func norm(
    _ weights: Checkpoint.Folder, _ columns: Int, hasBias: Bool = true, epsilon: Float = 1e-5
  ) throws -> any NormLayer {
    try norm(
      weight: weights("weight", columns), bias: hasBias ? weights("bias", columns) : nil,
      epsilon: epsilon)
  }
}

/// Attention of several heads with PyTorch's packed input projection.
struct Attention {
  private let backend: any Backend
  private let channels: Int
  private let heads: Int
  private let queryKey: any LinearLayer
  private let query: any LinearLayer
  private let key: any LinearLayer
  private let value: any LinearLayer
  private let output: any LinearLayer

  /// - isSelf: queries and keys come from the same rows, and are projected together.
  init(
    _ weights: Checkpoint.Folder, channels: Int, heads: Int, isSelf: Bool,
    on backend: any Backend
  ) throws {
    self.backend = backend
    self.channels = channels
    self.heads = heads
    let weight = try weights("in_proj_weight", 3 * channels, channels)
    let bias = try weights("in_proj_bias", 3 * channels)
    func part(_ range: Range<Int>) throws -> any LinearLayer {
      let rows = range.lowerBound * channels..<range.upperBound * channels
      return try backend.linear(
        weight.rows(rows), bias: bias.rows(rows), activation: .none, feedsProducts: true)
    }
    queryKey = try part(isSelf ? 0..<2 : 0..<1)
    query = queryKey
    key = isSelf ? queryKey : try part(1..<2)
    value = try part(2..<3)
    output = try backend.linear(weights["out_proj"], channels, channels, drops: true)
  }

  /// Queries with keys [rows, 2 · channels] and values [rows, channels] of the same tokens.
  struct Projected {
    var queriesAndKeys: Tensor
    var values: Tensor
  }

  func projected(_ x: Factors) throws(TensorError) -> Projected {
    Projected(queriesAndKeys: try queryKey(x.placed), values: try value(x.values))
  }

  /// sum += output(attention of tokens to themselves)
  func attend(
    _ projected: Projected, _ segments: [AttentionSegment], addTo sum: Tensor
  ) throws(TensorError) {
    let both = projected.queriesAndKeys
    let mixed = try backend.attention(
      queries: both.columns(0..<channels), keys: both.columns(channels..<2 * channels),
      values: projected.values, heads: heads, segments: segments, window: nil,
      drops: true)
    try output.add(mixed, to: sum)
  }

  /// sum += output(attention of `queries` to `memory`)
  func attend(
    _ queries: Tensor, to memory: Factors, _ segments: [AttentionSegment], addTo sum: Tensor
  ) throws(TensorError) {
    let mixed = try backend.attention(
      queries: query(queries), keys: key(memory.placed), values: value(memory.values),
      heads: heads, segments: segments, window: nil,
      drops: true)
    try output.add(mixed, to: sum)
  }
}

/// sum += W₂ · relu(W₁ · x + b₁) + b₂
struct FeedForward {
  private let expand: any LinearLayer
  private let reduce: any LinearLayer
  private let rowsAtATime: Int

  init(_ weights: Checkpoint.Folder, channels: Int, inner: Int, on backend: any Backend) throws {
    expand = try backend.linear(
      weights["linear1"], inner, channels, activation: .relu, feedsProducts: true, drops: true)
    reduce = try backend.linear(weights["linear2"], channels, inner, drops: true)
    rowsAtATime = backend.rowsAtATime
  }

  /// - x: [rows, channels], which may be the memory of `sum`.
  func callAsFunction(_ x: Tensor, addTo sum: Tensor) throws(TensorError) {
    for start in stride(from: 0, to: x.rows, by: min(rowsAtATime, max(1, x.rows))) {
      let rows = start..<min(x.rows, start + min(rowsAtATime, x.rows))
      try reduce.add(expand(x.rows(rows)), to: sum.rows(rows))
    }
  }
}
