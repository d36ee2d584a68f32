/// The text of one line: level, message, `key=value` …
struct LogLine {
  let level: Log.Level
  let message: String
  let fields: Log.Fields
  /// How often this message was held back since its last line.
  let suppressed: Int

  func text(_ style: Log.Style) -> String {
    var text = Self.opening(of: level, style) + Self.escaped(Self.cut(message))
    for (name, value) in fields { text += " \(name)=\(Self.quoted(value.description))" }
    if suppressed > 0 { text += " suppressed=\(suppressed)" }
    return text
  }

  /// Messages and fields are cut here: neither is ever a long text.
  static let valueCharactersMax = 512

  private static func opening(of level: Log.Level, _ style: Log.Style) -> String {
    switch style {
    case .journal: "<\(level.rawValue)>"
    case .terminal: level == .info ? "" : "\(level.name): "
    }
  }

  /// As it is when it is one plain word; otherwise in quotes, with quotes and controls escaped.
  static func quoted(_ value: String) -> String {
    let short = cut(value)
    let isPlain = !short.isEmpty && short.utf8.allSatisfy { isPlainByte($0) }
    return isPlain ? short : "\"\(escaped(short, quotes: true))\""
  }

  private static func cut(_ text: String) -> String {
    guard text.unicodeScalars.count > valueCharactersMax else { return text }
    return String(text.unicodeScalars.prefix(valueCharactersMax)) + "…"
  }

  /// Without line feeds and other controls, so that one event is one line.
  static func escaped(_ text: String, quotes: Bool = false) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\"" where quotes: result += "\\\""
      case "\\" where quotes: result += "\\\\"
      case _ where isControl(scalar): result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Controls, line and paragraph separators, and the marks that turn the direction of text.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  private static func isPlainByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-_./:+@,%*()[]<>#~".utf8.contains(byte)
    }
  }
}
