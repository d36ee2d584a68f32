internal import COneDNN
internal import Synchronization

extension CPU {
  /// One parallel region for all segments: a thread takes some tiles and computes each alone. Regions for
  /// every sentence would wait for each other whenever another program has a core.
  public func attention(
    queries: Tensor, keys: Tensor, values: Tensor, heads: Int, segments: [AttentionSegment],
    window: Int?, drops: Bool
  ) throws(TensorError) -> Tensor {
    let isHalf = queries.isHalf
    precondition(keys.isHalf == isHalf && values.isHalf == isHalf, "numbers of two kinds")
    let result =
      isHalf
      ? try factors(rows: queries.rows, columns: queries.columns)
      : try tensor(rows: queries.rows, columns: queries.columns)
    let tiles = AttentionTile.cut(segments, heads: heads, window: window)
    let shares = AttentionTile.shares(of: tiles, among: threads)
    var work: [[AttentionStep]] = []
    for (thread, share) in shares.enumerated() {
      let most = share.map { $0.cost }.max() ?? 0
      let scores = try pool.block(floats: most)
      let rounded = isHalf ? try pool.block(floats: (most + 1) / 2) : scores
      var steps: [AttentionStep] = []
      for tile in share {
        let size = queries.columns / heads
        let columns = tile.heads.lowerBound * size..<tile.heads.upperBound * size
        let q = queries.rows(tile.queries).columns(columns)
        let y = result.rows(tile.queries).columns(columns)
        let k = keys.rows(tile.keys).columns(columns)
        let v = values.rows(tile.keys).columns(columns)
        let sizes = AttentionSizes(
          heads: tile.heads.count, size: size, queries: q.rows, keys: k.rows,
          queryStride: q.stride, keyStride: k.stride, valueStride: v.stride,
          resultStride: y.stride, isHalf: isHalf)
        let kernels = sizes.isSmall ? nil : try self.kernels(of: sizes, thread)
        steps.append(
          AttentionStep(
            tile: tile, sizes: sizes, q: q, k: k, v: v, y: y, scores: scores, rounded: rounded,
            kernels: kernels))
      }
      work.append(steps)
    }
    try run(work)
    return result
  }

  private func kernels(
    of sizes: AttentionSizes, _ thread: Int
  ) throws(TensorError) -> AttentionKernels {
    let engine = engines[thread]
    return AttentionKernels(
      product: try primitive(sizes.key("scores", thread)) {
        () throws(TensorError) in try sizes.scores(engine)
      },
      softmax: try primitive(sizes.key("softmax", thread)) {
        () throws(TensorError) in try sizes.softmax(engine)
      },
      mix: try primitive(sizes.key("mix", thread)) {
        () throws(TensorError) in try sizes.mix(engine)
      })
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

/// oneDNN's kernels for one combination of sizes.
private struct AttentionKernels {
  let product, softmax, mix: Primitive
}

/// One tile's work, with kernels and scores that no other thread uses.
private struct AttentionStep {
  let tile: AttentionTile
  let sizes: AttentionSizes
  let q, k, v, y: Tensor
  let scores: Memory
  /// The scores as factors of the mix; the same memory where those are floats.
  let rounded: Memory
  /// Nil for a small tile, which OpenBLAS multiplies.
  let kernels: AttentionKernels?

  func run() throws(TensorError) {
    guard let kernels else {
      sizes.multiplyScores(q.pointer, k.pointer, to: scores.pointer)
      if tile.hides { hide() }
      sizes.softmax(scores.pointer)
      sizes.multiplyMix(scores.pointer, v.pointer, to: y.pointer)
      return
    }
    try kernels.product.run(q.raw, k.raw, scores.pointer)
    if tile.hides { hide() }
    try kernels.softmax.run(scores.pointer, rounded.pointer)
    try kernels.mix.run(rounded.pointer, v.raw, y.raw)
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
