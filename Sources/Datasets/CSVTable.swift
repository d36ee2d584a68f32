internal import Foundation

/// A file of comma-separated values with names in its first line (RFC 4180).
public struct CSVTable: Sendable {
  /// One record by the names of its columns.
  public struct Row: Sendable {
    /// Where it begins, from 1.
    public let line: Int
    fileprivate let file: String
    fileprivate let columns: [String: Int]
    fileprivate let values: [String]

    /// The value of a column; an error where the table has none of that name.
    public subscript(name: String) -> String {
      get throws(DatasetError) {
        guard let column = columns[name] else {
          throw DatasetError(file: file, line: 1, .missing(field: name))
        }
        return values[column]
      }
    }
  }

  private static let fileBytesMax = 256 << 20

  /// The records, as many values in each as the first line has names.
  public let rows: [Row]

  public init(path: String) throws(DatasetError) {
    let bytes: Data
    do { bytes = try Data(contentsOf: URL(filePath: path)) } catch {
      throw DatasetError(file: path, .unreadable(reason: "it is absent or not ours to read"))
    }
    guard bytes.count <= Self.fileBytesMax else {
      throw DatasetError(file: path, .unreadable(reason: "it has \(bytes.count) bytes"))
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw DatasetError(file: path, .notUTF8)
    }
    try self.init(text: text, file: path)
  }

  /// - Parameter file: the name for messages.
  public init(text: String, file: String) throws(DatasetError) {
    var records = try Self.records(text, file)
    guard !records.isEmpty else {
      throw DatasetError(file: file, line: 1, .notCSV(reason: "has no line of names"))
    }
    let names = records.removeFirst().values
    var columns: [String: Int] = [:]
    for (index, name) in names.enumerated() { columns[name] = index }
    var rows: [Row] = []
    for record in records {
      guard record.values.count == names.count else {
        let reason = "has \(record.values.count) values, not \(names.count)"
        throw DatasetError(file: file, line: record.line, .notCSV(reason: reason))
      }
      rows.append(Row(line: record.line, file: file, columns: columns, values: record.values))
    }
    self.rows = rows
  }

  private static func records(
    _ text: String, _ file: String
  ) throws(DatasetError) -> [(line: Int, values: [String])] {
    var records: [(line: Int, values: [String])] = []
    var values: [String] = []
    var value: [UInt8] = []
    var (line, start) = (1, 1)
    var (isQuoted, hasJustClosed) = (false, false)
    func endValue() {
      values.append(String(decoding: value, as: UTF8.self))
      value = []
    }
    func endRecord() {
      endValue()
      if values != [""] { records.append((start, values)) }
      values = []
    }
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\n") { line += 1 }
      switch byte {
      case UInt8(ascii: "\""):
        // Within quotes a quote is written twice: the second reopens what the first closed.
        if hasJustClosed { value.append(byte) }
        hasJustClosed = isQuoted
        isQuoted.toggle()
        continue
      case UInt8(ascii: ",") where !isQuoted: endValue()
      case UInt8(ascii: "\n") where !isQuoted:
        endRecord()
        start = line
      default: if isQuoted || byte != UInt8(ascii: "\r") { value.append(byte) }
      }
      hasJustClosed = false
    }
    guard !isQuoted else {
      throw DatasetError(file: file, line: start, .notCSV(reason: "opens a quote for good"))
    }
    if !value.isEmpty || !values.isEmpty { endRecord() }
    return records
  }
}
