internal import JSON

extension JSONPull {
  /// The next byte that is no white space, which stays; nil at the end.
  mutating func next() -> UInt8? {
    while place < bytes.count {
      switch bytes[place] {
      case 0x20, 0x0A, 0x0D, 0x09: place += 1
      default: return bytes[place]
      }
    }
    return nil
  }

  /// True when this character comes next, which is then behind.
  mutating func takes(_ character: Unicode.Scalar) -> Bool {
    guard next() == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  mutating func isNumberNext() -> Bool {
    guard let byte = next() else { return false }
    return byte == UInt8(ascii: "-") || isDigit(byte)
  }

  private func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

  /// A number as it is written: `-`, digits without a needless zero, a fraction, an exponent.
  mutating func numeral() throws(Problem) -> ArraySlice<UInt8> {
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
  mutating func skipText() throws(Problem) -> Bool {
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

  mutating func text() throws(Problem) -> String {
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

  func malformed(_ reason: String) -> Problem {
    let line = bytes[..<min(place, bytes.count)].count { $0 == UInt8(ascii: "\n") } + 1
    let what = place < bytes.count ? reason : "ends too early"
    return .notJSON(reason: "is not JSON: it \(what) at line \(line), byte \(place)")
  }

  mutating func wrongKind(_ path: String, wanted: String) -> Problem {
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
