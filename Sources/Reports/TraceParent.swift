/// The syntax of W3C Trace Context, level 1: `00-<trace id>-<parent id>-<flags>`.
enum TraceParent {
  /// The text itself when it is a legal `traceparent`.
  ///
  /// Versions after 00 may go on after the flags, behind another hyphen.
  static func checked(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 55, bytes.count <= 512 else { return nil }
    let hyphen = UInt8(ascii: "-")
    guard bytes[2] == hyphen, bytes[35] == hyphen, bytes[52] == hyphen else { return nil }
    let fields = [bytes[0..<2], bytes[3..<35], bytes[36..<52], bytes[53..<55]]
    guard fields.allSatisfy({ $0.allSatisfy(isHexadecimal) }) else { return nil }
    let zero = UInt8(ascii: "0")
    guard !fields[1].allSatisfy({ $0 == zero }), !fields[2].allSatisfy({ $0 == zero }) else {
      return nil
    }
    if text.hasPrefix("ff") { return nil }
    if bytes.count > 55 {
      guard !text.hasPrefix("00"), bytes[55] == hyphen, bytes.allSatisfy({ 0x21...0x7E ~= $0 })
      else { return nil }
    }
    return text
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte
  }
}
