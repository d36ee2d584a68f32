internal import COneDNN
internal import Glibc

extension CPU {
  public func tensor(rows: Int, columns: Int) throws(TensorError) -> Tensor {
    let memory = try pool.block(floats: Tensor.rounded(rows) * columns)
    return Tensor(rows: rows, columns: columns, memory: memory)
  }

  /// A tensor of factors.
  func factors(rows: Int, columns: Int) throws(TensorError) -> Tensor {
    guard factorType != dnnl_f32 else { return try tensor(rows: rows, columns: columns) }
    let memory = try pool.block(floats: (Tensor.rounded(rows) * columns + 1) / 2)
    return Tensor(rows: rows, columns: columns, memory: memory, isHalf: true)
  }

  public func factors(of x: Tensor) throws(TensorError) -> Tensor {
    guard factorType != dnnl_f32, !x.isHalf else { return x }
    precondition(x.isContiguous, "columns of a tensor")
    let result = try factors(rows: x.rows, columns: x.columns)
    let rows = min(x.paddedRows, result.paddedRows)
    let primitive = try primitive(Key(operation: "round", sizes: [rows, x.columns])) {
      () throws(TensorError) in
      try Primitive(
        engine, reorder: try plain(rows, x.columns),
        to: try plain(rows, x.columns, of: factorType))
    }
    try primitive.run(x.raw, result.raw)
    return result
  }

  public func tensor(_ values: [Float], columns: Int) throws(TensorError) -> Tensor {
    precondition(
      columns > 0 && values.count % columns == 0, "\(values.count) numbers in rows of \(columns)")
    let tensor = try tensor(rows: values.count / columns, columns: columns)
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { tensor.pointer.update(from: base, count: source.count) }
    }
    return tensor
  }

  public func values(of tensor: Tensor) throws(TensorError) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(tensor.rows * tensor.columns)
    for row in 0..<tensor.rows {
      values.append(
        contentsOf: UnsafeBufferPointer(start: tensor.row(row), count: tensor.columns))
    }
    return values
  }

  public func gather(_ table: Parameter, _ ids: [Int32]) throws(TensorError) -> Tensor {
    let columns = table.shape[1]
    let result = try tensor(rows: ids.count, columns: columns)
    guard let base = table.pointer else { throw .shape("a table without numbers") }
    for (row, id) in ids.enumerated() {
      precondition(0 <= id && id < table.shape[0], "id \(id) in a table of \(table.shape[0])")
      result.row(row).update(from: base + Int(id) * columns, count: columns)
    }
    return result
  }

  public func joined(_ parts: [Tensor]) throws(TensorError) -> Tensor {
    let (columns, isHalf) = (parts.first?.columns ?? 0, parts.first?.isHalf ?? false)
    precondition(
      parts.allSatisfy { $0.columns == columns && $0.isHalf == isHalf && $0.isContiguous },
      "parts of several kinds")
    let rows = parts.reduce(0) { $0 + $1.rows }
    let result =
      isHalf ? try factors(rows: rows, columns: columns) : try tensor(rows: rows, columns: columns)
    let bytes = columns * (isHalf ? 2 : 4)
    var starts = [0]
    for part in parts { starts.append(starts[starts.count - 1] + part.rows * bytes) }
    parallel(parts.count) { [starts] index in
      (result.raw + starts[index]).copyMemory(
        from: parts[index].raw, byteCount: starts[index + 1] - starts[index])
    }
    return result
  }

  public func clear(_ x: Tensor) throws(TensorError) {
    for row in 0..<x.rows { x.row(row).update(repeating: 0, count: x.columns) }
  }

  public func sum(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor {
    let result = try tensor(rows: a.rows, columns: a.columns)
    try combine(a, b, dnnl_binary_add, to: result)
    return result
  }

  /// Element by element; `result` may be `a`.
  func combine(_ a: Tensor, _ b: Tensor, _ operation: dnnl_alg_kind_t, to result: Tensor)
    throws(TensorError)
  {
    precondition(
      a.rows == b.rows && a.columns == b.columns && a.isContiguous && b.isContiguous
        && result.isContiguous, "[\(a.rows), \(a.columns)] with [\(b.rows), \(b.columns)]")
    let rows = min(a.paddedRows, b.paddedRows, result.paddedRows)
    precondition(a.isHalf == b.isHalf && a.isHalf == result.isHalf, "numbers of two kinds")
    let type = a.isHalf ? dnnl_bf16 : dnnl_f32
    let key = Key(
      operation: "combine",
      sizes: [Int(operation.rawValue), Int(type.rawValue), rows, a.columns])
    let primitive = try primitive(key) { () throws(TensorError) in
      var layout = try plain(rows, a.columns, of: type)
      var descriptor = dnnl_binary_desc_t()
      try check(
        dnnl_binary_desc_init(&descriptor, operation, &layout, &layout, &layout),
        "describe an element-wise operation")
      let made = try Primitive(engine, descriptor, name: "combine")
      try made.bind(Slot.source, layout)
      try made.bind(Slot.source1, layout)
      try made.bind(Slot.destination, layout)
      return made
    }
    try primitive.run(a.raw, b.raw, result.raw)
  }

  public func sigmoid(_ x: Tensor) throws(TensorError) {
    for row in 0..<x.rows {
      let values = x.row(row)
      for column in 0..<x.columns { values[column] = 1 / (1 + expf(-values[column])) }
    }
  }

  public func rotate(_ x: Tensor, heads: Int, theta: Float, segments: [Range<Int>])
    throws(TensorError)
  { try rotate(x, heads: heads, theta: theta, segments: segments, isBackward: false) }

  /// - isBackward: turns back, which is what gradients do.
  func rotate(
    _ x: Tensor, heads: Int, theta: Float, segments: [Range<Int>], isBackward: Bool
  ) throws(TensorError) {
    let size = x.columns / heads
    let longest = segments.map { $0.count }.max() ?? 0
    let turns = turns(theta: theta, size: size, positions: longest)
    parallel(segments.count) { index in
      for row in segments[index] {
        turns.turn(
          x.row(row), heads: heads, position: row - segments[index].lowerBound,
          isBackward: isBackward)
      }
    }
  }
}

/// What a primitive was made for.
struct Key: Hashable {
  let operation: String
  let sizes: [Int]
}

/// Cosine and sine of position · θ^(−2j/size), j < size/2.
final class Turns {
  let size: Int
  let positions: Int
  private let cosines: UnsafeMutablePointer<Float>
  private let sines: UnsafeMutablePointer<Float>

  init(theta: Float, size: Int, positions: Int) {
    self.size = size
    self.positions = positions
    let half = size / 2
    cosines = .allocate(capacity: positions * half)
    sines = .allocate(capacity: positions * half)
    for pair in 0..<half {
      let frequency = 1 / powf(theta, Float(2 * pair) / Float(size))
      for position in 0..<positions {
        let angle = Float(position) * frequency
        cosines[position * half + pair] = cosf(angle)
        sines[position * half + pair] = sinf(angle)
      }
    }
  }

  deinit {
    cosines.deallocate()
    sines.deallocate()
  }

  /// (a, b) ← (a cos − b sin, b cos + a sin) for the halves a, b of each head.
  func turn(
    _ row: UnsafeMutablePointer<Float>, heads: Int, position: Int, isBackward: Bool = false
  ) {
    let half = size / 2
    let sign: Float = isBackward ? -1 : 1
    let (cosine, sine) = (cosines + position * half, sines + position * half)
    for head in 0..<heads {
      let first = row + head * size
      let second = first + half
      for pair in 0..<half {
        let (a, b) = (first[pair], second[pair])
        first[pair] = a * cosine[pair] - b * sign * sine[pair]
        second[pair] = b * cosine[pair] + a * sign * sine[pair]
      }
    }
  }
}
