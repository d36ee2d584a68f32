public import FoundationEssentials

/// A value that goes into a statement in the place of `$1`, `$2` …
public enum PostgresValue: Hashable, Sendable {
  case null
  /// U+0000, which PostgreSQL's text refuses, is refused here as well; see `withoutZeros`.
  case text(String)
  case integer(Int64)
  case real(Double)
  case float(Float)
  case boolean(Bool)
  case bytes([UInt8])
  case uuid(UUID)
  case timestamp(Date)
  /// JSON as text, for columns of type `json` or `jsonb`.
  case json(String)
  case integerArray([Int64])
  case textArray([String])
}

extension String {
  /// The same text with U+FFFD for every U+0000, which PostgreSQL's text cannot hold.
  public var withoutZeros: String {
    utf8.contains(0)
      ? String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
      : self
  }
}

/// The parameters of one statement as libpq takes them: bytes end to end, each with its place.
///
/// Numbers travel as text, so that one value fits a column of any width.
struct Parameters {
  private(set) var bytes: [UInt8] = []
  /// Where each starts in `bytes`; nil for NULL.
  private(set) var starts: [Int?] = []
  private(set) var lengths: [Int32] = []
  /// 0 for text, which ends with a zero byte; 1 for binary.
  private(set) var formats: [Int32] = []

  init(_ values: [PostgresValue]) throws(PostgresError) {
    for value in values {
      switch value {
      case .null: append(nil, format: 0)
      case .text(let text), .json(let text): try append(text: text)
      case .integer(let number): append(plain: String(number))
      case .real(let number): append(plain: String(number))
      case .float(let number): append(plain: String(number))
      case .boolean(let flag): append(plain: flag ? "t" : "f")
      case .bytes(let bytes): append(bytes, format: 1)
      case .uuid(let id): append(plain: id.uuidString)
      case .timestamp(let date):
        append(bigEndian(UInt64(bitPattern: PostgresTime.microseconds(of: date))), format: 1)
      case .integerArray(let numbers):
        append(plain: "{" + numbers.map { String($0) }.joined(separator: ",") + "}")
      case .textArray(let texts):
        try append(text: "{" + texts.map(quoted).joined(separator: ",") + "}")
      }
    }
  }

  private mutating func append(_ value: [UInt8]?, format: Int32) {
    starts.append(value == nil ? nil : bytes.count)
    lengths.append(Int32(clamping: value?.count ?? 0))
    formats.append(format)
    bytes += value ?? []
    bytes.append(0)
  }

  private mutating func append(plain text: String) { append(Array(text.utf8), format: 0) }

  private mutating func append(text: String) throws(PostgresError) {
    guard !text.utf8.contains(0) else { throw .zeroInText }
    append(plain: text)
  }

  private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { result.unicodeScalars.append("\\") }
      result.unicodeScalars.append(scalar)
    }
    return result + "\""
  }
}

/// PostgreSQL counts microseconds from the first moment of 2000, UTC.
enum PostgresTime {
  private static let offset = 946_684_800.0

  static func microseconds(of date: Date) -> Int64 {
    Int64(((date.timeIntervalSince1970 - offset) * 1_000_000).rounded())
  }

  static func date(_ microseconds: Int64) -> Date {
    Date(timeIntervalSince1970: Double(microseconds) / 1_000_000 + offset)
  }
}

func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  (1...value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (value.bitWidth - 8 * $0)) }
}
