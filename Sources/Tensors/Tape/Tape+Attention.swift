internal import COneDNN
internal import Glibc

extension Tape {
  /// For a head of a segment: P = softmax(q · kᵀ / √size), y = P · v.
  public func attention(
    queries: Tensor, keys: Tensor, values: Tensor, heads: Int, segments: [AttentionSegment],
    window: Int?, drops: Bool
  ) throws(TensorError) -> Tensor {
    let y = try tensor(rows: queries.rows, columns: queries.columns)
    var starts = [0]
    for segment in segments {
      starts.append(starts[starts.count - 1] + heads * segment.queries.count * segment.keys.count)
    }
    let total = starts[starts.count - 1]
    let shares = try cpu.pool.block(floats: total)
    let mask = drops ? try dropMask(total) : nil
    let heads = segments.indices.flatMap { segment in
      (0..<heads).map { head in
        AttentionHead(
          segments[segment], head: head, size: queries.columns / heads, start: starts[segment],
          window: window)
      }
    }
    cpu.parallel(heads.count) { index in
      heads[index].forward(queries, keys, values, shares.pointer, mask?.pointer, y)
    }
    let (q, k, v) = (keep(queries), keep(keys), keep(values))
    record { [self] () throws(TensorError) in
      let dy = try gradient(of: y)
      let gradients = AttentionHead.Gradients(
        queries: try gradient(of: queries), keys: try gradient(of: keys),
        values: try gradient(of: values))
      let scratch = try cpu.pool.block(floats: total)
      let (q, k, v) = (q.tensor, k.tensor, v.tensor)
      cpu.parallel(heads.count) { index in
        heads[index].backward(
          q, k, v, shares.pointer, mask?.pointer, scratch.pointer, dy, gradients)
      }
    }
    return y
  }
}

/// One head's attention within a segment (Vaswani et al., 2017, equation 1).
private struct AttentionHead {
  let rows, keys, size: Int
  private let segment: AttentionSegment
  private let columns: Range<Int>
  /// Where its shares begin in those of all.
  private let start: Int
  private let window: Int?
  private let scale: Float

  struct Gradients {
    let queries, keys, values: Tensor
  }

  init(_ segment: AttentionSegment, head: Int, size: Int, start: Int, window: Int?) {
    self.segment = segment
    self.window = window
    self.size = size
    rows = segment.queries.count
    keys = segment.keys.count
    columns = head * size..<(head + 1) * size
    self.start = start + head * segment.queries.count * segment.keys.count
    scale = 1 / Float(size).squareRoot()
  }

  private func ofQueries(_ x: Tensor) -> Tensor { x.rows(segment.queries).columns(columns) }
  private func ofKeys(_ x: Tensor) -> Tensor { x.rows(segment.keys).columns(columns) }

  /// - shares: P, overwritten with what it is before anything is dropped.
  func forward(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, _ shares: UnsafeMutablePointer<Float>,
    _ mask: UnsafeMutablePointer<Float>?, _ y: Tensor
  ) {
    let (q, k, v, y) = (ofQueries(q), ofKeys(k), ofKeys(v), ofQueries(y))
    let p = shares + start
    multiply(
      q.pointer, q.stride, k.pointer, k.stride, flipsB: true, rows, keys, size, scale, 0, p, keys)
    for row in 0..<rows { softmax(p + row * keys, row: row) }
    guard let mask else { return mix(p, v, y) }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: rows * keys) { dropped in
      for place in dropped.indices { dropped[place] = p[place] * mask[start + place] }
      if let base = dropped.baseAddress { mix(base, v, y) }
    }
  }

  private func mix(_ p: UnsafePointer<Float>, _ v: Tensor, _ y: Tensor) {
    multiply(p, keys, v.pointer, v.stride, rows, size, keys, 1, 0, y.pointer, y.stride)
  }

  private func softmax(_ values: UnsafeMutablePointer<Float>, row: Int) {
    let count = keys
    if let window {
      for key in 0..<count where abs(row - key) > window { values[key] = -.infinity }
    }
    var most = -Float.infinity
    for key in 0..<count { most = max(most, values[key]) }
    var sum: Float = 0
    for key in 0..<count {
      values[key] = expf(values[key] - most)
      sum += values[key]
    }
    let factor = 1 / sum
    for key in 0..<count { values[key] *= factor }
  }

  /// ∂v += Pᵀ · ∂y    ∂P = ∂y · vᵀ    ∂S = P ∘ (∂P − Σ ∂P ∘ P)    ∂q += ∂S · k / √size    ∂k += ∂Sᵀ · q / √size
  func backward(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, _ shares: UnsafeMutablePointer<Float>,
    _ mask: UnsafeMutablePointer<Float>?, _ scratch: UnsafeMutablePointer<Float>, _ dy: Tensor,
    _ gradients: Gradients
  ) {
    let (q, k, v, dy) = (ofQueries(q), ofKeys(k), ofKeys(v), ofQueries(dy))
    let dq = ofQueries(gradients.queries)
    let (dk, dv) = (ofKeys(gradients.keys), ofKeys(gradients.values))
    let (p, ds) = (shares + start, scratch + start)
    let count = rows * keys
    if let mask {
      for place in 0..<count { ds[place] = p[place] * mask[start + place] }
    } else {
      ds.update(from: p, count: count)
    }
    multiply(
      ds, keys, flipsA: true, dy.pointer, dy.stride, keys, size, rows, 1, 1, dv.pointer, dv.stride)
    multiply(
      dy.pointer, dy.stride, v.pointer, v.stride, flipsB: true, rows, keys, size, 1, 0, ds, keys)
    if let mask { for place in 0..<count { ds[place] *= mask[start + place] } }
    for row in 0..<rows {
      let (share, slope) = (p + row * keys, ds + row * keys)
      var along: Float = 0
      for key in 0..<keys { along += slope[key] * share[key] }
      for key in 0..<keys { slope[key] = share[key] * (slope[key] - along) }
    }
    multiply(ds, keys, k.pointer, k.stride, rows, size, keys, scale, 1, dq.pointer, dq.stride)
    multiply(
      ds, keys, flipsA: true, q.pointer, q.stride, keys, size, rows, scale, 1, dk.pointer, dk.stride
    )
  }

  /// c ← scale · a · b + beta · c, in the thread that it is called on.
  private func multiply(
    _ a: UnsafePointer<Float>, _ aStride: Int, flipsA: Bool = false, _ b: UnsafePointer<Float>,
    _ bStride: Int, flipsB: Bool = false, _ rows: Int, _ columns: Int, _ inner: Int,
    _ scale: Float, _ beta: Float, _ c: UnsafeMutablePointer<Float>, _ cStride: Int
  ) {
    let (yes, no) = (CChar(UInt8(ascii: "T")), CChar(UInt8(ascii: "N")))
    let status = dnnl_sgemm(
      flipsA ? yes : no, flipsB ? yes : no, dnnl_dim_t(rows), dnnl_dim_t(columns),
      dnnl_dim_t(inner), scale, a, dnnl_dim_t(aStride), b, dnnl_dim_t(bStride), beta, c,
      dnnl_dim_t(cStride))
    precondition(status == dnnl_success, "[\(rows), \(inner)] · [\(inner), \(columns)]")
  }
}
