/// Reads the text of sources, strictly: what two programs could read differently is refused.
enum SourceText {
  static let bytesMax = 8192

  /// The scheme in lowercase; nil when there is none.
  static func scheme(of text: String) -> String? {
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let scheme = text.utf8[..<colon]
    guard let first = scheme.first, isLetter(first),
      scheme.allSatisfy({ isLetter($0) || isDigit($0) || "+-.".utf8.contains($0) })
    else { return nil }
    return text[..<colon].lowercased()
  }

  /// The path in `file:/path`, `file:///path` or `file://localhost/path`, decoded.
  static func filePath(of text: String) throws(SourceRefusal) -> String {
    try checkCharacters(text)
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { throw .noScheme }
    var rest = text[text.index(after: colon)...]
    if rest.hasPrefix("//") {
      rest = rest.dropFirst(2)
      guard let slash = rest.firstIndex(of: "/") else { throw .badPath }
      guard rest[..<slash].isEmpty || rest[..<slash].lowercased() == "localhost" else {
        throw .badHost
      }
      rest = rest[slash...]
    }
    guard rest.hasPrefix("/"), !rest.contains("?"), !rest.contains("#") else { throw .badPath }
    let parts = try segments(of: rest).filter { !$0.isEmpty }
    return "/" + parts.joined(separator: "/")
  }

  /// Printable ASCII without space and backslash, and not too long.
  static func checkCharacters(_ text: String) throws(SourceRefusal) {
    guard text.utf8.count <= bytesMax else { throw .tooLong }
    let isFine = text.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\\") }
    guard isFine else { throw .badCharacter }
  }

  /// The decoded segments of a path that begins with a slash.
  ///
  /// Refuses a segment that is, or decodes to, `.` or `..` (also before a `;`), a separator, a
  /// control character, or text that is not UTF-8. Decoding is tried again on what was decoded,
  /// since servers exist that do so.
  static func segments(of path: Substring) throws(SourceRefusal) -> [String] {
    var segments: [String] = []
    for part in path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
      let decoded = try decode(Array(part.utf8))
      try check(decoded)
      var again = decoded
      for _ in 0..<4 where again.contains(UInt8(ascii: "%")) {
        guard let next = try? decode(again) else { break }  // a lone % means itself
        try check(next)
        again = next
      }
      guard let text = String(validating: decoded, as: UTF8.self) else { throw .badPath }
      segments.append(text)
    }
    return segments
  }

  private static func check(_ segment: [UInt8]) throws(SourceRefusal) {
    let name = segment.prefix { $0 != UInt8(ascii: ";") }
    let isDots = (1...2).contains(name.count) && name.allSatisfy { $0 == UInt8(ascii: ".") }
    let isClean = segment.allSatisfy { $0 >= 0x20 && $0 != 0x7f && !"/\\".utf8.contains($0) }
    guard !isDots, isClean else { throw .badPath }
  }

  private static func decode(_ bytes: [UInt8]) throws(SourceRefusal) -> [UInt8] {
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%") {
        guard index + 2 < bytes.count, let high = hexDigit(bytes[index + 1]),
          let low = hexDigit(bytes[index + 2])
        else { throw .badPath }
        decoded.append(high << 4 | low)
        index += 3
      } else {
        decoded.append(bytes[index])
        index += 1
      }
    }
    return decoded
  }

  static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }

  static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }
}
