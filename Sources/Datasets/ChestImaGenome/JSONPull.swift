internal import JSON

/// Reads JSON from front to back and makes values only of what is asked for.
///
/// A scene graph has some 40 KB, of which a tenth is of use: building all of it as `JSON` takes a
/// millisecond, ten times as long. The bytes must be UTF-8. Where they are no JSON, all functions
/// throw `notJSON` with the place. Of members with the same name each is given.
struct JSONPull {
  typealias Problem = DatasetError.Problem

  /// How deep what is skipped may nest.
  static let nestingMax = 64

  private let bytes: [UInt8]
  private var place = 0

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

extension JSONPull {
  /// The next byte that is no white space, which stays; nil at the end.
  private mutating func next() -> UInt8? {
    while place < bytes.count {
      switch bytes[place] {
      case 0x20, 0x0A, 0x0D, 0x09: place += 1
      default: return bytes[place]
      }
    }
    return nil
  }

  /// True when this character comes next, which is then behind.
  private mutating func takes(_ character: Unicode.Scalar) -> Bool {
    guard next() == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  private mutating func isNumberNext() -> Bool {
    guard let byte = next() else { return false }
    return byte == UInt8(ascii: "-") || isDigit(byte)
  }

  private func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

  /// A number as it is written: `-`, digits without a needless zero, a fraction, an exponent.
  private mutating func numeral() throws(Problem) -> ArraySlice<UInt8> {
    _ = next()
    let start = place
    if place < bytes.count, bytes[place] == UInt8(ascii: "-") { place += 1 }
    let first = place
    guard skipDigits() else { throw malformed("is no value") }
    guard bytes[first] != UInt8(ascii: "0") || place == first + 1 else {
      throw malformed("has a number that begins with 0")
    }
    if place < bytes.count, bytes[place] == UInt8(ascii: ".") {
      place += 1
      guard skipDigits() else { throw malformed("has a number without its fraction") }
    }
    if place < bytes.count, bytes[place] | 0x20 == UInt8(ascii: "e") {
      place += 1
      if place < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[place]) {
        place += 1
      }
      guard skipDigits() else { throw malformed("has a number without its exponent") }
    }
    return bytes[start..<place]
  }

  /// False when there are none.
  private mutating func skipDigits() -> Bool {
    let start = place
    while place < bytes.count, isDigit(bytes[place]) { place += 1 }
    return place > start
  }

  /// Passes over a string, whose quote is next, and says whether it has an escape.
  @discardableResult
  private mutating func skipText() throws(Problem) -> Bool {
    place += 1
    var isEscaped = false
    while place < bytes.count {
      switch bytes[place] {
      case UInt8(ascii: "\""):
        place += 1
        return isEscaped
      case UInt8(ascii: "\\"):
        isEscaped = true
        place += 1
        try skipEscape()
      case 0..<0x20: throw malformed("has a control character in a string")
      default: place += 1
      }
    }
    place = bytes.count
    throw malformed("ends within a string")
  }

  /// What follows a backslash.
  private mutating func skipEscape() throws(Problem) {
    guard place < bytes.count else { throw malformed("ends too early") }
    let letter = bytes[place]
    guard "\"\\/bfnrtu".utf8.contains(letter) else { throw malformed("has a wrong escape") }
    place += 1
    guard letter == UInt8(ascii: "u") else { return }
    for _ in 0..<4 {
      guard place < bytes.count, Unicode.Scalar(bytes[place]).properties.isASCIIHexDigit else {
        throw malformed("has a wrong escape")
      }
      place += 1
    }
  }

  private mutating func text() throws(Problem) -> String {
    guard next() == UInt8(ascii: "\"") else { throw malformed("lacks a name") }
    let start = place
    guard try skipText() else {
      return String(decoding: bytes[start + 1..<place - 1], as: UTF8.self)
    }
    do {
      return try JSON(parsing: bytes[start..<place]).string ?? ""
    } catch {
      place = start
      throw malformed("has half a surrogate pair in a string")
    }
  }

  private func malformed(_ reason: String) -> Problem {
    let line = bytes[..<min(place, bytes.count)].count { $0 == UInt8(ascii: "\n") } + 1
    let what = place < bytes.count ? reason : "ends too early"
    return .notJSON(reason: "is not JSON: it \(what) at line \(line), byte \(place)")
  }

  private mutating func wrongKind(_ path: String, wanted: String) -> Problem {
    let found: String
    switch next() {
    case nil: return malformed("ends too early")
    case UInt8(ascii: "\""): found = "a string"
    case UInt8(ascii: "{"): found = "an object"
    case UInt8(ascii: "["): found = "an array"
    case UInt8(ascii: "t"), UInt8(ascii: "f"): found = "a truth value"
    case UInt8(ascii: "n"): found = "null"
    case let byte?:
      guard byte == UInt8(ascii: "-") || isDigit(byte) else { return malformed("is no value") }
      found = "a number"
    }
    return .ill(path, found, wanted: wanted)
  }
}
