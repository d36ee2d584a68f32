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
    hold(memory, as: .chosen(buffer: buffer, slot: sentence))
    return Tensor(rows: rows, columns: tokens.columns, memory: memory, isHalf: tokens.isHalf)
  }

  public func tensor(rows: Int, columns: Int) throws(TensorError) -> Tensor {
    try activation(rows: rows, columns: columns, isFactor: false)
  }

  public func tensor(_ values: [Float], columns: Int) throws(TensorError) -> Tensor {
    let result = try tensor(rows: values.count / columns, columns: columns)
    let source = constant(FactorKind.f32.bytes(of: values))
    try copy(
      source, to: result, table: (0..<Int32(result.rows)).flatMap { [-1, $0] }, rowsOfImage: 0)
    return result
  }

  public func values(of tensor: Tensor) throws(TensorError) -> [Float] { throw refusal }
  public func values(of map: FeatureMap) throws(TensorError) -> [Float] { throw refusal }

  /// - ids: negative where only a run knows them.
  public func gather(_ table: Parameter, _ ids: [Int32]) throws(TensorError) -> Tensor {
    let columns = table.shape[1]
    let isOpen = ids.allSatisfy { $0 < 0 }
    let result = try activation(
      rows: ids.count, columns: columns, isFactor: false, isPadded: isOpen)
    let place = isOpen ? slot(.ids, bytes: 4 * ids.count) : constant(ids)
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
      rows: rows, columns: columns, isFactor: isHalf, isPadded: parts.contains(where: isPadded))
    var tables: [Int: [Int32]] = [:]
    var rowsOfImage: [Int: Int] = [:]
    var start = 0
    for part in parts {
      let (source, slot) = origin(of: part)
      var table = tables[source] ?? .init(repeating: -2, count: 2 * rows)
      for row in 0..<part.rows {
        table[2 * (start + row)] = slot
        table[2 * (start + row) + 1] = Int32(part.offset / part.stride + row)
      }
      tables[source] = table
      if slot >= 0 { rowsOfImage[source] = part.rows }
      start += part.rows
    }
    for (source, table) in tables.sorted(by: { $0.key < $1.key }) {
      try copy(
        .activation(buffer: source, bytes: 0), to: result, table: table,
        rowsOfImage: rowsOfImage[source] ?? 0)
    }
    return result
  }

  /// The buffer that a part is copied from, and what its rows are counted from.
  private func origin(of part: Tensor) -> (buffer: Int, slot: Int32) {
    switch content(of: part.memory) {
    case .buffer(let buffer, _): (buffer, -1)
    case .chosen(let buffer, let slot): (buffer, Int32(slot))
    }
  }

  private func copy(
    _ source: PlanPlace, to result: Tensor, table: [Int32], rowsOfImage: Int
  ) throws(TensorError) {
    guard result.columns * (result.isHalf ? 2 : 4) % 4 == 0 else {
      throw .shape("\(result.columns) columns, an odd number")
    }
    let words = result.isHalf ? result.columns / 2 : result.columns
    try launch(
      "copy_rows",
      [
        source, place(of: result), constant(table),
        rowsOfImage > 0 ? slot(.images, bytes: 4 * size.sentences) : .nothing,
      ], [result.rows, words, rowsOfImage], numbers: result.rows * words)
  }

  public func factors(of x: Tensor) throws(TensorError) -> Tensor {
    guard factors != .f32, !x.isHalf else { return x }
    precondition(x.isContiguous, "columns of a tensor")
    let count = x.rows * x.columns
    let result = try activation(
      rows: x.rows, columns: x.columns, isFactor: true, isPadded: isPadded(x))
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
      rows: a.rows, columns: a.columns, isFactor: false, isPadded: isPadded(a))
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
    try launch(
      "find_unsound", [place, slot(.unsound, bytes: 4 * images)], [each, isFactor ? 1 : 0],
      floats: [Finiteness.activationMax],
      PlanGrid(x: min(max(1, (each + 2047) / 2048), 64), y: images), threads: 256)
  }

  private var refusal: TensorError { .shape("a plan has no values before it runs") }
}
