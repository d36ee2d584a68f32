extension PlanRecorder {
  /// The rows of the image that a sentence speaks of, as the run will say.
  ///
  /// - tokens: of all images, [images · rows, columns].
  /// - sentence: its place in the plan.
  public func choice(_ tokens: Tensor, rows: Int, sentence: Int) throws(TensorError) -> Tensor {
    precondition(
      tokens.rows == rows * size.images && tokens.isContiguous, "\(tokens.rows) rows of images")
    guard case .activation(let buffer, 0) = place(of: tokens) else {
      preconditionFailure("a part of the images' tokens")
    }
    let memory = try Memory(standingFor: rows * tokens.columns)
    hold(
      memory,
      as: .chosen(
        buffer: buffer, bufferRows: tokens.rows, slot: .images, index: sentence, step: rows))
    return Tensor(rows: rows, columns: tokens.columns, memory: memory, isHalf: tokens.isHalf)
  }

  /// The rows of a sentence, and beyond them whatever rows there are, as far as a sentence has room.
  ///
  /// - text: of all sentences, one after the other.
  /// - sentence: its place in the plan.
  public func sentence(_ text: Tensor, _ sentence: Int) throws(TensorError) -> Tensor {
    precondition(layout(of: text) == .packed && text.isContiguous, "rows that are no sentences")
    guard case .activation(let buffer, 0) = place(of: text) else {
      preconditionFailure("a part of the sentences")
    }
    let memory = try Memory(standingFor: size.tokens * text.columns)
    hold(
      memory,
      as: .chosen(
        buffer: buffer, bufferRows: text.rows, slot: .starts, index: sentence, step: 1))
    return Tensor(rows: size.tokens, columns: text.columns, memory: memory, isHalf: text.isHalf)
  }

  public func tensor(rows: Int, columns: Int) throws(TensorError) -> Tensor {
    try activation(rows: rows, columns: columns, isFactor: false)
  }

  public func tensor(_ values: [Float], columns: Int) throws(TensorError) -> Tensor {
    let result = try tensor(rows: values.count / columns, columns: columns)
    let rows = CopiedRows(table: (0..<Int32(result.rows)).flatMap { [-1, $0] })
    try copy(constant(FactorKind.f32.bytes(of: values)), to: result, rows)
    return result
  }

  public func values(of tensor: Tensor) throws(TensorError) -> [Float] { throw refusal }
  public func values(of map: FeatureMap) throws(TensorError) -> [Float] { throw refusal }

  /// - ids: negative where only a run knows them, as many as the plan's size has rows.
  public func gather(_ table: Parameter, _ ids: [Int32]) throws(TensorError) -> Tensor {
    let columns = table.shape[1]
    let isOpen = ids.allSatisfy { $0 < 0 }
    precondition(!isOpen || ids.count == size.rows, "\(ids.count) ids for \(size)")
    let result = try activation(
      rows: ids.count, columns: columns, isFactor: false, isOpen ? .packed : .even)
    let place = isOpen ? slot(.ids) : constant(ids)
    try launch(
      "gather", [tableWeight(table), place, self.place(of: result)], [ids.count, columns],
      numbers: ids.count * columns)
    return result
  }

  public func joined(_ parts: [Tensor]) throws(TensorError) -> Tensor {
    let (columns, isHalf) = (parts.first?.columns ?? 0, parts.first?.isHalf ?? false)
    precondition(
      parts.allSatisfy { $0.columns == columns && $0.isHalf == isHalf && $0.isContiguous },
      "parts of several kinds")
    let rows = parts.reduce(0) { $0 + $1.rows }
    let result = try activation(
      rows: rows, columns: columns, isFactor: isHalf, layout(ofJoined: parts))
    var sources: [Int: CopiedRows] = [:]
    var start = 0
    for part in parts {
      let origin = origin(of: part)
      var copied = sources[origin.buffer] ?? origin.copied
      precondition(copied.slot == origin.copied.slot, "rows of a buffer in two ways")
      if copied.table.isEmpty { copied.table = .init(repeating: -2, count: 2 * rows) }
      for row in 0..<part.rows {
        copied.table[2 * (start + row)] = origin.index
        copied.table[2 * (start + row) + 1] = Int32(part.offset / part.stride + row)
      }
      sources[origin.buffer] = copied
      start += part.rows
    }
    for (source, copied) in sources.sorted(by: { $0.key < $1.key }) {
      try copy(.activation(buffer: source, bytes: 0), to: result, copied)
    }
    return result
  }

  /// Whoever takes a sentence takes all of its room.
  private func layout(ofJoined parts: [Tensor]) -> Layout {
    let hasPadding = parts.contains { part in
      switch content(of: part.memory) {
      case .buffer(_, let layout): layout != .even
      case .chosen(_, _, let slot, _, _): slot == .starts
      }
    }
    return hasPadding ? .padded : .even
  }

  /// Which rows are copied from a buffer.
  private struct CopiedRows {
    /// For every row of the result: −2, if it is none of these, or the index of a number that a run gives, or −1;
    /// and the row, counted from where that says.
    var table: [Int32] = []
    /// Where those numbers are.
    var slot: PlanSlot?
    /// What they count, in rows.
    var step = 0
    /// Of the buffer.
    var rows = 0
  }

  private func origin(of part: Tensor) -> (buffer: Int, copied: CopiedRows, index: Int32) {
    switch content(of: part.memory) {
    case .buffer(let buffer, _):
      settle(part.memory)
      return (buffer, CopiedRows(), -1)
    case .chosen(let buffer, let rows, let slot, let index, let step):
      return (buffer, CopiedRows(slot: slot, step: step, rows: rows), Int32(index))
    }
  }

  private func copy(
    _ source: PlanPlace, to result: Tensor, _ copied: CopiedRows
  ) throws(TensorError) {
    guard result.columns * (result.isHalf ? 2 : 4) % 4 == 0 else {
      throw .shape("\(result.columns) columns, an odd number")
    }
    let words = result.isHalf ? result.columns / 2 : result.columns
    try launch(
      "copy_rows",
      [
        source, place(of: result), constant(copied.table),
        copied.slot.map { slot($0) } ?? .nothing,
      ], [result.rows, words, copied.step, copied.rows], numbers: result.rows * words)
  }

  public func factors(of x: Tensor) throws(TensorError) -> Tensor {
    guard factors != .f32, !x.isHalf else { return x }
    precondition(x.isContiguous, "columns of a tensor")
    let count = x.rows * x.columns
    let result = try activation(
      rows: x.rows, columns: x.columns, isFactor: true, layout(of: x))
    try launch("narrow", [place(of: x), place(of: result)], [count], numbers: count)
    return result
  }

  public func clear(_ x: Tensor) throws(TensorError) {
    precondition(x.isContiguous && !x.isHalf, "columns of a tensor")
    try launch("clear", [place(of: x)], [x.rows * x.columns], numbers: x.rows * x.columns)
  }

  public func sum(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
    precondition(
      a.rows == b.rows && a.columns == b.columns && a.isContiguous && b.isContiguous,
      "[\(a.rows), \(a.columns)] with [\(b.rows), \(b.columns)]")
    let result = try activation(
      rows: a.rows, columns: a.columns, isFactor: false, layout(of: a))
    let count = a.rows * a.columns
    try launch("add", [place(of: a), place(of: b), place(of: result)], [count], numbers: count)
    return result
  }

  public func sigmoid(_ x: Tensor) throws(TensorError) {
    precondition(x.isContiguous && !x.isHalf, "columns of a tensor")
    try launch("sigmoid", [place(of: x)], [x.rows * x.columns], numbers: x.rows * x.columns)
  }

  /// True; the run notices what is not.
  public func isSound(_ x: Tensor) throws(TensorError) -> Bool {
    try watch(place(of: x), numbers: x.rows * x.columns, isFactor: false, images: size.images)
    return true
  }

  func watch(
    _ place: PlanPlace, numbers: Int, isFactor: Bool, images: Int
  ) throws(TensorError) {
    let each = numbers / images
    let blocks = min(max(1, (each + 8191) / 8192), max(32, 1024 / images))
    try launch(
      "find_unsound", [place, slot(.unsound, bytes: 4 * images)], [each, isFactor ? 1 : 0],
      floats: [Finiteness.activationMax],
      PlanGrid(x: blocks, y: images), threads: 256)
  }

  private var refusal: TensorError { .shape("a plan has no values before it runs") }
}
