/// Reads the plain form of a phrase's line, which files of a million have, without building JSON.
///
/// Each function gives nil where the text is not in that form: then `JSON` reads the line, and says
/// what is wrong with it if anything is.
struct LineScanner {
  private let bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// True when this character comes next, which is then behind.
  mutating func takes(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  /// True when nothing is left.
  mutating func isAtEnd() -> Bool {
    skipSpace()
    return place == bytes.count
  }

  /// A string without an escape.
  mutating func string() -> String? {
    guard takes("\"") else { return nil }
    let start = place
    var isASCII = true
    while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
      guard bytes[place] >= 0x20, bytes[place] != UInt8(ascii: "\\") else { return nil }
      isASCII = isASCII && bytes[place] < 0x80
      place += 1
    }
    guard place < bytes.count else { return nil }
    place += 1
    let text = bytes[start..<place - 1]
    // Validating each took a quarter of the time of a million phrases.
    return isASCII
      ? String(decoding: text, as: UTF8.self) : String(validating: text, as: UTF8.self)
  }

  /// A number without sign or exponent, as `0`, `1` or `0.25`.
  mutating func number() -> Double? {
    skipSpace()
    let start = place
    guard let whole = digits(), place == start + 1 else { return nil }
    guard place < bytes.count, bytes[place] == UInt8(ascii: ".") else { return Double(whole) }
    place += 1
    let point = place
    guard let fraction = digits() else { return nil }
    let count = place - point
    // Up to here both operands are exact, so the quotient is rounded once (Clinger, 1990).
    if whole == 0 && count <= 15 { return Double(fraction) / Self.powersOfTen[count] }
    return Double(String(decoding: bytes[start..<place], as: UTF8.self))
  }

  /// `[a, b, …]`, with what reads one element.
  mutating func list<Element>(
    of element: (inout LineScanner) -> Element?
  ) -> [Element]? {
    guard takes("[") else { return nil }
    var elements: [Element] = []
    if takes("]") { return elements }
    repeat {
      guard let next = element(&self) else { return nil }
      elements.append(next)
    } while takes(",")
    return takes("]") ? elements : nil
  }

  /// `[left, top, right, bottom]` of a box that is one.
  mutating func box() -> Rectangle? {
    guard takes("["), let left = number(), takes(","), let top = number(), takes(","),
      let right = number(), takes(","), let bottom = number(), takes("]")
    else { return nil }
    return Rectangle(left: left, top: top, right: right, bottom: bottom)
  }

  /// The value of the digits that come next; wraps around behind the nineteenth.
  private mutating func digits() -> UInt64? {
    let start = place
    var value: UInt64 = 0
    while place < bytes.count, 0x30...0x39 ~= bytes[place] {
      value = value &* 10 &+ UInt64(bytes[place] - 0x30)
      place += 1
    }
    return place > start ? value : nil
  }

  private mutating func skipSpace() {
    while place < bytes.count, bytes[place] == 0x20 || bytes[place] == 0x09 { place += 1 }
  }

  private static let powersOfTen: [Double] = (0...15).map { exponent in
    (0..<exponent).reduce(1) { power, _ in power * 10 }
  }
}
