extension PlanRecorder {
  public func rotate(_ x: Tensor, heads: Int, theta: Float, segments: [Range<Int>])
    throws(TensorError)
  {
    let turn = PlanTurn(x: x, heads: heads, theta: theta, rows: try rowsOfEach(segments))
    guard turn.size % 2 == 0 else {
      throw .shape("heads of \(turn.size) channels, an odd number")
    }
    settle(x.memory)
    turns[ObjectIdentifier(x.memory)] = turn
    // Whatever comes next finds floats turned; only attention of 16 bits does it itself.
    if factors == .f32 { settle(x.memory) }
  }

  /// Does the rotation that a memory waits for.
  func settle(_ memory: Memory) {
    guard let turn = turns.removeValue(forKey: ObjectIdentifier(memory)) else { return }
    let (x, size) = (turn.x, turn.size)
    let frequencies = (0..<size / 2).map { 1 / power(turn.theta, Float(2 * $0) / Float(size)) }
    let numbers = x.rows * turn.heads * size / 2
    record(
      .launch(
        PlanLaunch(
          kernel: "rotate",
          places: [
            place(of: x), constant(FactorKind.f32.bytes(of: frequencies)),
            layout(of: x) == .packed ? slot(.positions) : .nothing,
          ],
          integers: [x.rows, turn.heads, size, x.stride, turn.rows], floats: [],
          grid: PlanGrid(x: min(max(1, (numbers + 255) / 256), 4096)), threads: 256)))
  }

  public func attention(
    queries: Tensor, keys: Tensor, values: Tensor, heads: Int, segments: [AttentionSegment],
    window: Int?, drops: Bool
  ) throws(TensorError) -> Tensor {
    let (rows, seen) = (
      try rowsOfEach(segments.map { $0.queries }), try rowsOfEach(segments.map { $0.keys })
    )
    let size = queries.columns / heads
    guard Self.headSizes.contains(size) else {
      throw .shape("heads of \(size) channels; a device computes with \(Self.headSizes)")
    }
    precondition(
      queries.isHalf == keys.isHalf && keys.isHalf == values.isHalf, "numbers of two kinds")
    let (layout, isPacked) = (layout(of: keys), layout(of: queries) == .packed)
    precondition(isPacked == (layout == .packed), "sentences that attend to other rows")
    precondition(
      layout == .even || segments.count == self.size.sentences, "\(segments.count) sentences")
    let result = try activation(
      rows: queries.rows, columns: queries.columns, isFactor: true, self.layout(of: queries))
    let blocks = heads * segments.count * Kernel.wide.blocks(rows)
    let sources = [queries, keys, values]
    let turn = turn(sources, size: size, rows: rows)
    let kernel =
      turn == nil ? kernel(sources, size: size, window: window, blocks: blocks) : .turned
    try launch(
      "attention_\(kernel)_\(size)",
      sources.map { turn == nil ? place(of: $0) : placeAsItIs(of: $0) } + [
        place(of: result), layout == .even ? .nothing : slot(.lengths),
        isPacked ? slot(.starts) : .nothing, turn.map(table) ?? .nothing,
      ],
      [rows, seen] + sources.map { $0.stride } + [
        result.stride, window ?? -1, layout == .even ? 0 : self.size.tokens,
      ], floats: [1 / Float(size).squareRoot()],
      PlanGrid(x: kernel.blocks(rows), y: heads, z: segments.count), threads: kernel.threads)
    return result
  }

  /// Which of the attention's kernels.
  private enum Kernel {
    case floats, factors, units, wide, turned

    /// That so many queries of a segment take.
    func blocks(_ queries: Int) -> Int {
      let each = self == .wide ? 128 : 64
      return (queries + each - 1) / each
    }

    /// Of a block.
    var threads: Int { self == .floats || self == .factors ? 64 : 128 }
  }

  /// Matrix units want factors of 16 bits, 8 of them at a time, and no window.
  ///
  /// - sources: queries, keys and values.
  /// - blocks: of the wide kernel.
  private func kernel(_ sources: [Tensor], size: Int, window: Int?, blocks: Int) -> Kernel {
    guard sources[0].isHalf else { return .floats }
    let isEven = sources.allSatisfy { $0.stride % 8 == 0 && $0.offset % 8 == 0 }
    guard window == nil, isEven, size % 16 == 0 else { return .factors }
    return blocks < Self.wideBlocksMin ? .units : .wide
  }

  /// Three for each multiprocessor of a large device: where there are fewer, smaller ones keep more of it busy.
  private static let wideBlocksMin = 400

  /// The rotation of queries and keys, if attention can do it itself: on matrix units, from floats 4 at a time.
  private func turn(_ sources: [Tensor], size: Int, rows: Int) -> PlanTurn? {
    guard let turn = turns[ObjectIdentifier(sources[0].memory)], turn.rows == rows,
      turn.size == size, size % 16 == 0, turn.covers(sources[0]), turn.covers(sources[1]),
      turn.spares(sources[2]),
      sources.allSatisfy({ $0.stride % 4 == 0 && $0.offset % 4 == 0 })
    else { return nil }
    return turn
  }

  private func table(of turn: PlanTurn) -> PlanPlace {
    if let known = turnTables[turn.table] { return known }
    let place = constant(FactorKind.f32.bytes(of: turn.table.values))
    turnTables[turn.table] = place
    return place
  }

  /// Channels of a head that kernels know.
  public static let headSizes = [8, 16, 24, 32, 48, 64]

  /// Rows of segments that lie one after the other, all of a length: that is how plans have them.
  private func rowsOfEach(_ segments: [Range<Int>]) throws(TensorError) -> Int {
    let rows = segments.first?.count ?? 0
    let isRegular = segments.enumerated().allSatisfy { index, segment in
      segment == index * rows..<(index + 1) * rows
    }
    guard rows > 0, isRegular else { throw .shape("segments of several lengths in a plan") }
    return rows
  }
}
