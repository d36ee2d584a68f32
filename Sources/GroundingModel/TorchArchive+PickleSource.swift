/// The bytes of a pickle, read from front to back.
struct PickleSource {
  private let bytes: [UInt8]
  private(set) var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func byte() throws(TorchArchiveError) -> UInt8 { try take(1)[position - 1] }

  mutating func skip(_ count: Int) throws(TorchArchiveError) { _ = try take(count) }

  /// A little-endian number of at most 8 bytes.
  mutating func unsigned(_ size: Int) throws(TorchArchiveError) -> Int {
    let value = try take(size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let number = Int(exactly: value) else { throw .damaged(reason: "a length is impossible") }
    return number
  }

  /// A signed number behind its length; more than 64 bits are no size of anything.
  mutating func long() throws(TorchArchiveError) -> Int {
    let digits = try take(Int(byte()))
    guard digits.count <= 8 else { throw .refused(what: "an integer of more than 64 bits") }
    let isNegative = digits.last.map { $0 >= 0x80 } ?? false
    let start: UInt64 = isNegative ? .max : 0
    return Int(truncatingIfNeeded: digits.reversed().reduce(start) { $0 << 8 | UInt64($1) })
  }

  mutating func protocolNumber() throws(TorchArchiveError) {
    let number = try byte()
    guard (2...5).contains(number) else { throw .refused(what: "pickle protocol \(number)") }
  }

  mutating func text(sizedBy size: Int) throws(TorchArchiveError) -> String {
    try text(take(unsigned(size)))
  }

  /// Up to the end of the line.
  mutating func line() throws(TorchArchiveError) -> String {
    let rest = bytes[position...].prefix(1024)
    guard let end = rest.firstIndex(of: 0x0a) else { throw .damaged(reason: "a name has no end") }
    let text = try text(take(end - position))
    position += 1
    return text
  }

  private func text(_ part: ArraySlice<UInt8>) throws(TorchArchiveError) -> String {
    guard let text = String(validating: part, as: UTF8.self) else {
      throw .damaged(reason: "a text is not UTF-8")
    }
    return text
  }

  private mutating func take(_ count: Int) throws(TorchArchiveError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - position else {
      throw .damaged(reason: "its pickle is cut off")
    }
    defer { position += count }
    return bytes[position..<position + count]
  }
}
