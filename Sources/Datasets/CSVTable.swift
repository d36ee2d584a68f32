/// A file of comma-separated values with names in its first line (RFC 4180).
public struct CSVTable: Sendable {
  /// One record by the names of its columns.
  public struct Row: Sendable {
    /// Where it begins, from 1.
    public let line: Int
    let file: String
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

  /// What the columns are called.
  public let names: [String]
  /// The records, as many values in each as there are names.
  public let rows: [Row]
  private let file: String

  public init(path: String) throws(DatasetError) {
    try self.init(text: PublishedFile.text(path: path), file: path)
  }

  /// - Parameter file: the name for messages.
  public init(text: String, file: String) throws(DatasetError) {
    var records = try CSVRecords.read(text, file: file)
    guard !records.isEmpty else {
      throw DatasetError(file: file, line: 1, .notCSV(reason: "has no line of names"))
    }
    let names = records.removeFirst().values
    try self.init(records, names: names, file: file)
  }

  /// A table whose first line is not the names of its columns.
  ///
  /// - Parameters:
  ///   - header: the first line without quotes; another one is an error.
  ///   - names: what the columns are called; records may end with empty values beyond them.
  init(
    text: String, file: String, header: String, names: [String]
  ) throws(DatasetError) {
    var records = try CSVRecords.read(text, file: file)
    guard let first = records.first, first.values.joined(separator: ",") == header else {
      let reason = "does not begin with “\(header)”"
      throw DatasetError(file: file, line: 1, .notCSV(reason: reason))
    }
    records.removeFirst()
    for index in records.indices {
      let surplus = records[index].values.dropFirst(names.count)
      if surplus.allSatisfy({ $0.isEmpty }) { records[index].values.removeLast(surplus.count) }
    }
    try self.init(records, names: names, file: file)
  }

  private init(
    _ records: [CSVRecords.Record], names: [String], file: String
  ) throws(DatasetError) {
    var columns: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      guard columns.updateValue(index, forKey: name) == nil || name.isEmpty else {
        throw DatasetError(file: file, line: 1, .notCSV(reason: "names “\(name)” twice"))
      }
    }
    var rows: [Row] = []
    for record in records {
      guard record.values.count == names.count else {
        let reason = "has \(record.values.count) values, not \(names.count)"
        throw DatasetError(file: file, line: record.line, .notCSV(reason: reason))
      }
      rows.append(Row(line: record.line, file: file, columns: columns, values: record.values))
    }
    self.rows = rows
    self.names = names
    self.file = file
  }

  /// Makes sure that the table has these columns, so that no row lacks them.
  func require(_ columns: [String]) throws(DatasetError) {
    for name in columns where !names.contains(name) {
      throw DatasetError(file: file, line: 1, .missing(field: name))
    }
  }
}
