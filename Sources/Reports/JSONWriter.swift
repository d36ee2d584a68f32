/// Writes compact JSON straight into bytes, without a tree in between.
struct JSONWriter {
  private(set) var bytes: [UInt8] = []
  private var needsComma = false

  init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

  mutating func beginObject() { begin(UInt8(ascii: "{")) }
  mutating func endObject() { end(UInt8(ascii: "}")) }
  mutating func beginArray() { begin(UInt8(ascii: "[")) }
  mutating func endArray() { end(UInt8(ascii: "]")) }

  /// Names come from our own source and need no escapes.
  mutating func name(_ name: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: name.utf8)
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  mutating func write(_ text: String) {
    separate()
    needsComma = true
    bytes.append(UInt8(ascii: "\""))
    if text.utf8.allSatisfy(isPlain) {
      bytes.append(contentsOf: text.utf8)
    } else {
      for byte in text.utf8 { escape(byte) }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  mutating func write(_ number: Int64) { writeWord(number.description) }
  mutating func write(_ number: Int) { writeWord(number.description) }

  /// With the fewest digits that read back as the same `Float`.
  mutating func write(_ number: Float) {
    precondition(number.isFinite, "JSON has no \(number)")
    writeWord(number.description)
  }

  mutating func member(_ name: String, _ text: String) {
    self.name(name)
    write(text)
  }

  /// Left out when nil.
  mutating func member(_ name: String, ifAny text: String?) {
    if let text { member(name, text) }
  }

  mutating func member(_ name: String, _ number: Int) {
    self.name(name)
    write(number)
  }

  mutating func member(_ name: String, _ number: Float) {
    self.name(name)
    write(number)
  }

  private mutating func writeWord(_ word: String) {
    separate()
    needsComma = true
    bytes.append(contentsOf: word.utf8)
  }

  private mutating func begin(_ mark: UInt8) {
    separate()
    needsComma = false
    bytes.append(mark)
  }

  private mutating func end(_ mark: UInt8) {
    bytes.append(mark)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  private func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  private mutating func escape(_ byte: UInt8) {
    if isPlain(byte) {
      bytes.append(byte)
    } else if byte >= 0x20 {
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(byte)
    } else {
      let digits = Array("0123456789abcdef".utf8)
      bytes.append(contentsOf: "\\u00".utf8)
      bytes.append(digits[Int(byte >> 4)])
      bytes.append(digits[Int(byte & 15)])
    }
  }
}
