/// Reads JSON from front to back and makes values only of what is asked for.
///
/// A scene graph has some 40 KB, of which a tenth is of use: building all of it as `JSON` takes a
/// millisecond, ten times as long. The bytes must be UTF-8. Where they are no JSON, all functions
/// throw `notJSON` with the place. Of members with the same name each is given.
struct JSONPull {
  typealias Problem = DatasetError.Problem

  /// How deep what is skipped may nest.
  static let nestingMax = 64

  let bytes: [UInt8]
  var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads an object; `take` reads the value of each member, or skips it.
  ///
  /// - Parameter path: what the value is, for messages.
  mutating func members(
    _ path: @autoclosure () -> String,
    _ take: (inout JSONPull, String) throws(Problem) -> Void
  ) throws(Problem) {
    guard takes("{") else { throw wrongKind(path(), wanted: "an object") }
    try list(upTo: "}") { (pull) throws(Problem) in
      let name = try pull.text()
      guard pull.takes(":") else { throw pull.malformed("lacks a colon") }
      try take(&pull, name)
    }
  }

  /// Reads an array; `take` reads each element, or skips it.
  mutating func elements(
    _ path: @autoclosure () -> String,
    _ take: (inout JSONPull, Int) throws(Problem) -> Void
  ) throws(Problem) {
    guard takes("[") else { throw wrongKind(path(), wanted: "an array") }
    var index = 0
    try list(upTo: "]") { (pull) throws(Problem) in
      try take(&pull, index)
      index += 1
    }
  }

  mutating func string(_ path: @autoclosure () -> String) throws(Problem) -> String {
    guard next() == UInt8(ascii: "\"") else { throw wrongKind(path(), wanted: "a string") }
    return try text()
  }

  mutating func number(_ path: @autoclosure () -> String) throws(Problem) -> Double {
    guard isNumberNext() else { throw wrongKind(path(), wanted: "a number") }
    let digits = try numeral()
    guard let value = Double(String(decoding: digits, as: UTF8.self)), value.isFinite else {
      throw .ill(path(), "too large", wanted: "a number")
    }
    return value
  }

  /// A string, or an integer as it is written.
  mutating func stringOrInteger(_ path: @autoclosure () -> String) throws(Problem) -> String {
    guard isNumberNext() else { return try string(path()) }
    let digits = try numeral()
    guard digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else {
      throw .ill(path(), "a number", wanted: "an integer")
    }
    return String(decoding: digits, as: UTF8.self)
  }

  /// Passes over any value.
  mutating func skip() throws(Problem) { try skip(depth: 1) }

  /// Throws unless nothing but white space is left.
  mutating func end() throws(Problem) {
    if next() != nil { throw malformed("goes on after its end") }
  }

  private mutating func skip(depth: Int) throws(Problem) {
    guard depth <= Self.nestingMax else {
      throw malformed("nests more than \(Self.nestingMax) levels deep")
    }
    switch next() {
    case UInt8(ascii: "\""): try skipText()
    case UInt8(ascii: "{"):
      place += 1
      try list(upTo: "}") { (pull) throws(Problem) in
        guard pull.next() == UInt8(ascii: "\"") else { throw pull.malformed("lacks a name") }
        try pull.skipText()
        guard pull.takes(":") else { throw pull.malformed("lacks a colon") }
        try pull.skip(depth: depth + 1)
      }
    case UInt8(ascii: "["):
      place += 1
      try list(upTo: "]") { (pull) throws(Problem) in try pull.skip(depth: depth + 1) }
    case UInt8(ascii: "t"): try skipWord("true")
    case UInt8(ascii: "f"): try skipWord("false")
    case UInt8(ascii: "n"): try skipWord("null")
    default: _ = try numeral()
    }
  }

  /// What stands between brackets, the first of which is behind.
  private mutating func list(
    upTo close: Unicode.Scalar, _ item: (inout JSONPull) throws(Problem) -> Void
  ) throws(Problem) {
    if takes(close) { return }
    repeat { try item(&self) } while takes(",")
    guard takes(close) else { throw malformed("lacks a comma or “\(close)”") }
  }

  private mutating func skipWord(_ word: String) throws(Problem) {
    guard bytes[place...].starts(with: word.utf8) else { throw malformed("is no value") }
    place += word.utf8.count
  }
}
