internal import COneDNN
internal import Synchronization

extension CPU {
  /// One parallel region for all segments: a thread takes some tiles and computes each alone. Regions for
  /// every sentence would wait for each other whenever another program has a core.
  public func attention(
    queries: Tensor, keys: Tensor, values: Tensor, heads: Int, segments: [AttentionSegment],
    window: Int?
  ) throws(TensorError) -> Tensor {
    let result = try tensor(rows: queries.rows, columns: queries.columns)
    let tiles = AttentionTile.cut(segments, heads: heads, window: window)
    let shares = AttentionTile.shares(of: tiles, among: threads)
    var work: [[AttentionStep]] = []
    for (thread, share) in shares.enumerated() {
      let most = share.map { heads * $0.queries.count * $0.keys.count }.max() ?? 0
      let scores = try pool.block(floats: most)
      var steps: [AttentionStep] = []
      for tile in share {
        let (q, y) = (queries.rows(tile.queries), result.rows(tile.queries))
        let (k, v) = (keys.rows(tile.keys), values.rows(tile.keys))
        let sizes = AttentionSizes(
          heads: heads, size: q.columns / heads, queries: q.rows, keys: k.rows,
          queryStride: q.stride, keyStride: k.stride, valueStride: v.stride,
          resultStride: y.stride)
        steps.append(
          AttentionStep(
            tile: tile, sizes: sizes, q: q, k: k, v: v, y: y, scores: scores,
            product: try primitive(sizes.key("scores", thread)) {
              () throws(TensorError) in try sizes.scores(engine)
            },
            softmax: try primitive(sizes.key("softmax", thread)) {
              () throws(TensorError) in try sizes.softmax(engine)
            },
            mix: try primitive(sizes.key("mix", thread)) {
              () throws(TensorError) in try sizes.mix(engine)
            }))
      }
      work.append(steps)
    }
    try run(work)
    return result
  }

  private func run(_ work: [[AttentionStep]]) throws(TensorError) {
    let errors = Mutex<[TensorError]>([])
    parallel(work.count) { thread in
      do throws(TensorError) {
        for step in work[thread] { try step.run() }
      } catch {
        errors.withLock { $0.append(error) }
      }
    }
    if let error = errors.withLock({ $0.first }) { throw error }
  }
}

/// One tile's work, with primitives and scores that no other thread uses.
private struct AttentionStep {
  let tile: AttentionTile
  let sizes: AttentionSizes
  let q, k, v, y: Tensor
  let scores: Memory
  let product, softmax, mix: Primitive

  func run() throws(TensorError) {
    try product.run(q.pointer, k.pointer, scores.pointer)
    if tile.hides { hide() }
    try softmax.run(scores.pointer, scores.pointer)
    try mix.run(scores.pointer, v.pointer, y.pointer)
  }

  private func hide() {
    for row in 0..<sizes.queries {
      for key in 0..<sizes.keys where !tile.sees(row: row, key: key) {
        for head in 0..<sizes.heads {
          scores.pointer[(head * sizes.queries + row) * sizes.keys + key] = -.infinity
        }
      }
    }
  }
}

/// Some queries of a segment, and the keys that any of them may see.
struct AttentionTile {
  let queries: Range<Int>
  let keys: Range<Int>
  private let kept: ArraySlice<Bool>?
  private let window: Int?
  /// Position of the first query and key in their segment.
  private let firstQuery, firstKey: Int

  /// Scores of a tile of all heads: 1 MiB, so that they stay in a core's own cache.
  private static let scoresMax = 256 << 10

  /// All tiles of all segments.
  static func cut(_ segments: [AttentionSegment], heads: Int, window: Int?) -> [AttentionTile] {
    var tiles: [AttentionTile] = []
    for segment in segments {
      var start = segment.queries.lowerBound
      while start < segment.queries.upperBound {
        tiles.append(AttentionTile(of: segment, from: start, heads: heads, window: window))
        start = tiles[tiles.count - 1].queries.upperBound
      }
    }
    return tiles
  }

  /// Neighbouring tiles for each of at most so many threads, about the same work for each.
  static func shares(of tiles: [AttentionTile], among threads: Int) -> [[AttentionTile]] {
    let total = tiles.reduce(0) { $0 + $1.queries.count * $1.keys.count }
    var shares = [[AttentionTile]](repeating: [], count: threads)
    var before = 0
    for tile in tiles {
      let cost = tile.queries.count * tile.keys.count
      shares[min(threads - 1, (before + cost / 2) * threads / max(1, total))].append(tile)
      before += cost
    }
    return shares
  }

  init(
    of segment: AttentionSegment, from start: Int, heads: Int, window: Int?,
    scoresMax: Int = Self.scoresMax
  ) {
    let offset = start - segment.queries.lowerBound
    let reach = min(segment.keys.count, window.map { $0 * 4 } ?? segment.keys.count)
    let rows = max(16, scoresMax / (heads * max(1, reach)) / 16 * 16)
    let limit = window.map { min(rows, max(1, 2 * $0)) } ?? rows
    let count = min(limit, segment.queries.upperBound - start)
    queries = start..<(start + count)
    var positions = 0..<segment.keys.count
    if let window {
      positions =
        max(0, offset - window)..<min(segment.keys.count, offset + count + window)
    }
    let first = segment.keys.lowerBound
    keys = (first + positions.lowerBound)..<(first + positions.upperBound)
    kept = segment.kept.map { $0[positions] }
    self.window = window
    firstQuery = offset
    firstKey = positions.lowerBound
  }

  /// False when every query sees every key.
  var hides: Bool {
    if let kept, kept.contains(false) { return true }
    guard let window else { return false }
    return max(firstQuery + queries.count - 1 - firstKey, firstKey + keys.count - 1 - firstQuery)
      > window
  }

  func sees(row: Int, key: Int) -> Bool {
    if let kept, !kept[kept.startIndex + key] { return false }
    guard let window else { return true }
    return abs(firstQuery + row - firstKey - key) <= window
  }
}

/// What the three primitives of one attention are made for.
struct AttentionSizes {
  let heads, size, queries, keys: Int
  let queryStride, keyStride, valueStride, resultStride: Int

  /// A thread has primitives of its own, since a primitive points to its arguments.
  func key(_ operation: String, _ thread: Int) -> Key {
    Key(
      operation: operation,
      sizes: [
        thread, heads, size, queries, keys, queryStride, keyStride, valueStride, resultStride,
      ])
  }

  /// scores[head] = q · kᵀ / √size
  func scores(_ engine: Engine) throws(TensorError) -> Primitive {
    let attributes = try Attributes()
    try attributes.scale(by: 1 / Float(size).squareRoot())
    return try product(
      engine, try strided([heads, queries, size], [size, queryStride, 1]),
      try strided([heads, size, keys], [size, 1, keyStride]), try plain(heads, queries, keys),
      attributes)
  }

  /// y[head] = scores[head] · v
  func mix(_ engine: Engine) throws(TensorError) -> Primitive {
    try product(
      engine, try plain(heads, queries, keys),
      try strided([heads, keys, size], [size, valueStride, 1]),
      try strided([heads, queries, size], [size, resultStride, 1]), nil)
  }

  func softmax(_ engine: Engine) throws(TensorError) -> Primitive {
    var layout = try plain(heads * queries, keys)
    var descriptor = dnnl_softmax_desc_t()
    try check(
      dnnl_softmax_forward_desc_init(&descriptor, dnnl_forward_inference, &layout, 1),
      "describe a softmax")
    let primitive = try Primitive(engine, descriptor, name: "softmax")
    try primitive.bind(Slot.source, layout)
    try primitive.bind(Slot.destination, layout)
    return primitive
  }

  private func product(
    _ engine: Engine, _ a: Layout, _ b: Layout, _ y: Layout, _ attributes: Attributes?
  ) throws(TensorError) -> Primitive {
    var (a, b, y) = (a, b, y)
    var descriptor = dnnl_matmul_desc_t()
    try check(dnnl_matmul_desc_init(&descriptor, &a, &b, nil, &y), "describe attention")
    let primitive = try Primitive(engine, descriptor, attributes, name: "attend")
    try primitive.bind(Slot.source, a)
    try primitive.bind(Slot.weights, b)
    try primitive.bind(Slot.destination, y)
    return primitive
  }
}
