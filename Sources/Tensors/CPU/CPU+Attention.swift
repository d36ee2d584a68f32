internal import COneDNN

extension CPU {
  public func attention(
    queries: Tensor, keys: Tensor, values: Tensor, heads: Int, segments: [AttentionSegment],
    window: Int?
  ) throws(TensorError) -> Tensor {
    let result = try tensor(rows: queries.rows, columns: queries.columns)
    for segment in segments {
      var start = segment.queries.lowerBound
      while start < segment.queries.upperBound {
        let tile = AttentionTile(
          of: segment, from: start, heads: heads, window: window, scoresMax: Self.scoresMax)
        try attend(
          tile, queries.rows(tile.queries), keys.rows(tile.keys), values.rows(tile.keys),
          result.rows(tile.queries), heads: heads)
        start = tile.queries.upperBound
      }
    }
    return result
  }

  /// Scores that are kept at a time: 16 MiB.
  private static let scoresMax = 4 << 20

  private func attend(
    _ tile: AttentionTile, _ q: Tensor, _ k: Tensor, _ v: Tensor, _ y: Tensor, heads: Int
  ) throws(TensorError) {
    let width = tile.keys.count
    let scores = try tensor(rows: heads * q.rows, columns: width)
    let sizes = AttentionSizes(
      heads: heads, size: q.columns / heads, queries: q.rows, keys: width, queryStride: q.stride,
      keyStride: k.stride, valueStride: v.stride, resultStride: y.stride)
    try primitive(sizes.key("scores"), make: { () throws(TensorError) in try sizes.scores(engine) })
      .run(q.pointer, k.pointer, scores.pointer)
    if tile.hides { hide(tile, scores, heads: heads) }
    try primitive(
      sizes.key("softmax"), make: { () throws(TensorError) in try sizes.softmax(engine) }
    )
    .run(scores.pointer, scores.pointer)
    try primitive(sizes.key("mix"), make: { () throws(TensorError) in try sizes.mix(engine) })
      .run(scores.pointer, v.pointer, y.pointer)
  }

  private func hide(_ tile: AttentionTile, _ scores: Tensor, heads: Int) {
    let rows = tile.queries.count
    parallel(rows) { row in
      for key in 0..<scores.columns where !tile.sees(row: row, key: key) {
        for head in 0..<heads { scores.row(head * rows + row)[key] = -.infinity }
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

  init(
    of segment: AttentionSegment, from start: Int, heads: Int, window: Int?, scoresMax: Int
  ) {
    let offset = start - segment.queries.lowerBound
    let reach = window.map { $0 * 4 } ?? segment.keys.count
    let rows = max(16, scoresMax / (heads * max(1, min(reach, segment.keys.count))) / 16 * 16)
    let limit = window.map { min(rows, 2 * $0) } ?? rows
    let count = min(max(1, limit), segment.queries.upperBound - start)
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

  func key(_ operation: String) -> Key {
    Key(
      operation: operation,
      sizes: [heads, size, queries, keys, queryStride, keyStride, valueStride, resultStride])
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
