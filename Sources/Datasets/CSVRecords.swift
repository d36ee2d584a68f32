/// The records of a file of comma-separated values; lines end with LF, CR LF or CR.
struct CSVRecords {
  /// Its values, and the line where it begins, from 1.
  struct Record {
    let line: Int
    var values: [String]
  }

  private static let feed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
  private static let quote = UInt8(ascii: "\"")

  private var records: [Record] = []
  private var values: [String] = []
  private var value: [UInt8] = []
  private var line = 1
  /// Where the record that is being read begins.
  private var start = 1
  private var isQuoted = false
  private var hasJustClosed = false
  private var isAfterReturn = false

  /// All records; empty lines are none.
  ///
  /// - Parameter file: the name for messages.
  static func read(_ text: String, file: String) throws(DatasetError) -> [Record] {
    var reading = CSVRecords()
    for byte in text.utf8 { reading.take(byte) }
    guard !reading.isQuoted else {
      throw DatasetError(
        file: file, line: reading.start, .notCSV(reason: "opens a quote for good"))
    }
    if !reading.value.isEmpty || !reading.values.isEmpty { reading.endRecord() }
    return reading.records
  }

  private mutating func take(_ byte: UInt8) {
    let isSecondHalf = isAfterReturn && byte == Self.feed
    isAfterReturn = byte == Self.carriageReturn
    let endsLine = byte == Self.feed || byte == Self.carriageReturn
    if endsLine, !isSecondHalf { line += 1 }
    if byte == Self.quote {
      // Within quotes a quote is written twice: the second reopens what the first closed.
      if hasJustClosed { value.append(byte) }
      hasJustClosed = isQuoted
      isQuoted.toggle()
      return
    }
    hasJustClosed = false
    if isQuoted {
      value.append(byte)
    } else if byte == UInt8(ascii: ",") {
      endValue()
    } else if endsLine {
      if !isSecondHalf { endRecord() }
      start = line
    } else {
      value.append(byte)
    }
  }

  private mutating func endValue() {
    values.append(String(decoding: value, as: UTF8.self))
    value.removeAll(keepingCapacity: true)
  }

  private mutating func endRecord() {
    endValue()
    if values != [""] { records.append(Record(line: start, values: values)) }
    values = []
  }
}
