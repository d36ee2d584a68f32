public import FoundationEssentials

/// Rows in the binary format of COPY, ready to be sent.
///
/// Open a row with its number of columns, then append exactly that many values in the table's order and of its
/// types. The server checks the count of every row and the length of every value.
public struct CopyRows: Sendable {
  /// How many rows were opened.
  public private(set) var count = 0
  private(set) var bytes: [UInt8]

  /// - Parameter bytesExpected: room to reserve.
  public init(bytesExpected: Int = 0) {
    bytes = []
    bytes.reserveCapacity(bytesExpected)
  }

  public var isEmpty: Bool { count == 0 }

  /// Size in bytes of what would be sent.
  public var byteCount: Int { bytes.count }

  /// Opens the next row.
  public mutating func row(columns: Int16) {
    count += 1
    put(columns)
  }

  public mutating func null() { put(Int32(-1)) }
  public mutating func int2(_ value: Int16) { fixed(value) }
  public mutating func int4(_ value: Int32) { fixed(value) }
  public mutating func int8(_ value: Int64) { fixed(value) }
  public mutating func float4(_ value: Float) { fixed(value.bitPattern) }
  public mutating func float8(_ value: Double) { fixed(value.bitPattern) }
  public mutating func bool(_ value: Bool) { fixed(value ? 1 as UInt8 : 0) }

  /// U+0000, which PostgreSQL refuses, is written as U+FFFD.
  public mutating func text(_ value: String) {
    let start = bytes.count
    put(Int32(0))
    var copy = value
    copy.withUTF8 { utf8 in bytes.append(contentsOf: utf8) }
    if bytes[(start + 4)...].contains(0) {
      bytes.removeSubrange((start + 4)...)
      bytes += value.withoutZeros.utf8
    }
    setLength(at: start)
  }

  public mutating func bytea(_ value: [UInt8]) {
    put(Int32(clamping: value.count))
    bytes += value
  }

  public mutating func uuid(_ value: UUID) {
    put(Int32(16))
    withUnsafeBytes(of: value.uuid) { bytes.append(contentsOf: $0) }
  }

  public mutating func timestamptz(_ value: Date) { fixed(PostgresTime.microseconds(of: value)) }

  public mutating func int2(_ value: Int16?) { value.map { int2($0) } ?? null() }
  public mutating func int4(_ value: Int32?) { value.map { int4($0) } ?? null() }
  public mutating func int8(_ value: Int64?) { value.map { int8($0) } ?? null() }
  public mutating func float4(_ value: Float?) { value.map { float4($0) } ?? null() }
  public mutating func text(_ value: String?) { value.map { text($0) } ?? null() }
  public mutating func bytea(_ value: [UInt8]?) { value.map { bytea($0) } ?? null() }
  public mutating func timestamptz(_ value: Date?) { value.map { timestamptz($0) } ?? null() }

  /// A one-dimensional `text[]`; nil is NULL.
  public mutating func textArray(_ values: [String?]) {
    array(of: 25, count: values.count) { rows in
      for value in values { rows.text(value) }
    }
  }

  /// A one-dimensional `bytea[]`; nil is NULL.
  public mutating func byteaArray(_ values: [[UInt8]?]) {
    array(of: 17, count: values.count) { rows in
      for value in values { rows.bytea(value) }
    }
  }

  /// A one-dimensional `smallint[]`; nil is NULL.
  public mutating func int2Array(_ values: [Int16?]) {
    array(of: 21, count: values.count) { rows in
      for value in values { rows.int2(value) }
    }
  }

  /// A one-dimensional `int[]`; nil is NULL.
  public mutating func int4Array(_ values: [Int32?]) {
    array(of: 23, count: values.count) { rows in
      for value in values { rows.int4(value) }
    }
  }

  /// A one-dimensional `real[]`; nil is NULL.
  public mutating func float4Array(_ values: [Float?]) {
    array(of: 700, count: values.count) { rows in
      for value in values { rows.float4(value) }
    }
  }

  /// Number of dimensions, whether there are NULLs, the elements' type, then length and lower bound of each dimension.
  private mutating func array(of type: Int32, count: Int, _ elements: (inout CopyRows) -> Void) {
    let start = bytes.count
    put(Int32(0))
    put(Int32(count == 0 ? 0 : 1))
    put(Int32(1))
    put(type)
    if count > 0 {
      put(Int32(clamping: count))
      put(Int32(1))
    }
    elements(&self)
    setLength(at: start)
  }

  private mutating func fixed(_ value: some FixedWidthInteger) {
    put(Int32(value.bitWidth / 8))
    put(value)
  }

  private mutating func put(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  private mutating func setLength(at start: Int) {
    let length = Int32(clamping: bytes.count - start - 4)
    withUnsafeBytes(of: length.bigEndian) { source in
      for index in 0..<4 { bytes[start + index] = source[index] }
    }
  }

  /// Signature, flags, length of the extension.
  static let header: [UInt8] =
    Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0, 0, 0, 0, 0, 0, 0, 0, 0]
  static let trailer: [UInt8] = [0xFF, 0xFF]
}
