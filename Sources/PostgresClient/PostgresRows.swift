internal import CLibPQ
public import FoundationEssentials

/// The answer to one statement.
///
/// A reader gives nil for NULL, and for a column of a type that it does not read.
public struct PostgresRows: Sendable {
  private let result: PostgresResult

  init(_ result: PostgresResult) { self.result = result }

  /// How many rows came back.
  public var count: Int { Int(PQntuples(result.pointer)) }

  /// Names of the columns, in order.
  public var columns: [String] {
    (0..<PQnfields(result.pointer)).map { String(cString: PQfname(result.pointer, $0)) }
  }

  /// How many rows the statement inserted, changed, deleted or selected.
  public var affectedRows: Int { Int(String(cString: PQcmdTuples(result.pointer))) ?? 0 }

  public func isNull(_ row: Int, _ column: Int) -> Bool {
    check(row, column)
    return PQgetisnull(result.pointer, Int32(row), Int32(column)) == 1
  }

  /// Text as it is; numbers, truth values, ids and times in their usual spelling.
  public func text(_ row: Int, _ column: Int) -> String? {
    guard let bytes = raw(row, column) else { return nil }
    switch type(column) {
    case .int2, .int4, .int8, .oid: return integer(row, column).map { String($0) }
    case .float4, .float8, .numeric: return real(row, column).map { String($0) }
    case .bool: return boolean(row, column).map { $0 ? "true" : "false" }
    case .uuid: return uuid(row, column)?.uuidString.lowercased()
    case .timestamp, .timestamptz: return date(row, column)?.ISO8601Format()
    case .bytea, .byteaArray, .textArray, .int2Array, .int4Array, .float4Array: return nil
    case .jsonb: return String(decoding: bytes.dropFirst(), as: UTF8.self)
    case nil: return String(decoding: bytes, as: UTF8.self)
    }
  }

  public func integer(_ row: Int, _ column: Int) -> Int64? {
    guard let bytes = raw(row, column) else { return nil }
    switch type(column) {
    case .int2: return Int64(Int16(truncatingIfNeeded: number(bytes)))
    case .int4: return Int64(Int32(truncatingIfNeeded: number(bytes)))
    case .int8: return Int64(bitPattern: number(bytes))
    case .oid: return Int64(number(bytes))
    case .numeric: return decimal(bytes).flatMap { Int64(exactly: $0) }
    default: return nil
    }
  }

  public func real(_ row: Int, _ column: Int) -> Double? {
    guard let bytes = raw(row, column) else { return nil }
    switch type(column) {
    case .float4: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: number(bytes))))
    case .float8: return Double(bitPattern: number(bytes))
    case .numeric: return decimal(bytes)
    default: return integer(row, column).map { Double($0) }
    }
  }

  public func boolean(_ row: Int, _ column: Int) -> Bool? {
    type(column) == .bool ? raw(row, column).map { $0.first == 1 } : nil
  }

  /// The bytes of a `bytea`.
  public func bytes(_ row: Int, _ column: Int) -> [UInt8]? {
    type(column) == .bytea ? raw(row, column).map { Array($0) } : nil
  }

  public func uuid(_ row: Int, _ column: Int) -> UUID? {
    guard type(column) == .uuid, let bytes = raw(row, column), bytes.count == 16 else { return nil }
    return UUID(uuid: UnsafeRawBufferPointer(bytes).loadUnaligned(as: uuid_t.self))
  }

  public func date(_ row: Int, _ column: Int) -> Date? {
    guard type(column) == .timestamptz || type(column) == .timestamp else { return nil }
    return raw(row, column).map { PostgresTime.date(Int64(bitPattern: number($0))) }
  }

  func arrayBytes(_ row: Int, _ column: Int) -> [UInt8]? {
    switch type(column) {
    case .byteaArray, .textArray, .int2Array, .int4Array, .float4Array:
      return raw(row, column).map { Array($0) }
    default: return nil
    }
  }

  private func check(_ row: Int, _ column: Int) {
    precondition(
      0 <= row && row < count && 0 <= column && column < Int(PQnfields(result.pointer)),
      "row \(row), column \(column) of \(count) rows")
  }

  /// Valid as long as `result` lives, which is as long as `self`.
  private func raw(_ row: Int, _ column: Int) -> UnsafeBufferPointer<UInt8>? {
    guard !isNull(row, column) else { return nil }
    let length = PQgetlength(result.pointer, Int32(row), Int32(column))
    guard let value = PQgetvalue(result.pointer, Int32(row), Int32(column)) else { return nil }
    return UnsafeBufferPointer(
      start: UnsafeRawPointer(value).assumingMemoryBound(to: UInt8.self), count: Int(length))
  }

  private func type(_ column: Int) -> BuiltInType? {
    BuiltInType(rawValue: PQftype(result.pointer, Int32(column)))
  }
}

/// Types whose binary form is read; every other one is taken for text. Numbers of pg_type.
private enum BuiltInType: UInt32 {
  case bool = 16
  case bytea = 17
  case int8 = 20
  case int2 = 21
  case int4 = 23
  case oid = 26
  case byteaArray = 1001
  case int2Array = 1005
  case int4Array = 1007
  case textArray = 1009
  case float4Array = 1021
  case float4 = 700
  case float8 = 701
  case timestamp = 1114
  case timestamptz = 1184
  case numeric = 1700
  case uuid = 2950
  case jsonb = 3802
}

/// Owner of a libpq result. `@unchecked` because libpq never changes one once it is complete.
final class PostgresResult: @unchecked Sendable {
  let pointer: OpaquePointer

  init(owning pointer: OpaquePointer) { self.pointer = pointer }

  deinit { PQclear(pointer) }
}

private func number(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
  bytes.reduce(0) { $0 << 8 | UInt64($1) }
}

/// `numeric`: digit count, weight, sign, scale, then digits to the base 10,000.
private func decimal(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
  func word(_ index: Int) -> Int { Int(bytes[2 * index]) << 8 | Int(bytes[2 * index + 1]) }
  guard bytes.count >= 8, bytes.count == 8 + 2 * word(0) else { return nil }
  guard word(2) == 0 || word(2) == 0x4000 else { return word(2) == 0xC000 ? .nan : nil }
  var value = 0.0
  for digit in 0..<word(0) { value = value * 10_000 + Double(word(4 + digit)) }
  var exponent = Int(Int16(truncatingIfNeeded: word(1))) + 1 - word(0)
  while exponent > 0 { (value, exponent) = (value * 10_000, exponent - 1) }
  while exponent < 0 { (value, exponent) = (value / 10_000, exponent + 1) }
  return word(2) == 0 ? value : -value
}
