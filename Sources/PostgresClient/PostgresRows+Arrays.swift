extension PostgresRows {
  /// A `text[]` without NULLs.
  public func textArray(_ row: Int, _ column: Int) -> [String]? {
    elements(row, column)?.compactMap { bytes in
      bytes.map { String(decoding: $0, as: UTF8.self) }
    }
  }

  /// A `bytea[]`; nil stands for NULL.
  public func bytesArray(_ row: Int, _ column: Int) -> [[UInt8]?]? {
    elements(row, column)
  }

  /// A `text[]`; nil stands for NULL.
  public func optionalTextArray(_ row: Int, _ column: Int) -> [String?]? {
    elements(row, column)?.map { bytes in bytes.map { String(decoding: $0, as: UTF8.self) } }
  }

  /// A `smallint[]` or `int[]`; nil stands for NULL.
  public func integerArray(_ row: Int, _ column: Int) -> [Int?]? {
    elements(row, column)?.map { bytes in
      bytes.map { $0.count == 2 ? Int(Int16(bigEndian: $0)) : Int(Int32(bigEndian: $0)) }
    }
  }

  /// A `real[]`; nil stands for NULL.
  public func realArray(_ row: Int, _ column: Int) -> [Float?]? {
    elements(row, column)?.map { bytes in
      bytes.map { Float(bitPattern: UInt32(bitPattern: Int32(bigEndian: $0))) }
    }
  }

  /// Number of dimensions, whether there are NULLs, the elements' type, then length and lower bound
  /// of each dimension; then each element behind its length, which is −1 for NULL.
  private func elements(_ row: Int, _ column: Int) -> [[UInt8]?]? {
    guard var rest = arrayBytes(row, column)?[...], let dimensions = number(&rest) else {
      return nil
    }
    guard number(&rest) != nil, number(&rest) != nil else { return nil }
    if dimensions == 0 { return [] }
    guard dimensions == 1, let count = number(&rest), number(&rest) != nil, count >= 0 else {
      return nil
    }
    var elements: [[UInt8]?] = []
    for _ in 0..<count {
      guard let length = number(&rest), length <= rest.count else { return nil }
      elements.append(length < 0 ? nil : Array(rest.prefix(Int(length))))
      rest = rest.dropFirst(max(0, Int(length)))
    }
    return elements
  }

  private func number(_ bytes: inout ArraySlice<UInt8>) -> Int32? {
    guard bytes.count >= 4 else { return nil }
    let value = Int32(bigEndian: bytes.prefix(4))
    bytes = bytes.dropFirst(4)
    return value
  }
}

extension FixedWidthInteger {
  fileprivate init(bigEndian bytes: some Sequence<UInt8>) {
    self = bytes.reduce(0) { $0 << 8 | Self(truncatingIfNeeded: $1) }
  }
}
