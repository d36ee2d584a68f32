/// Room for a message that C writes: 512 bytes, ended by a zero.
struct CText {
  private var bytes = [CChar](repeating: 0, count: 512)

  /// What was written, up to the zero.
  var string: String {
    String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  mutating func fill<Value>(_ write: (UnsafeMutablePointer<CChar>?, Int) -> Value) -> Value {
    bytes.withUnsafeMutableBufferPointer { write($0.baseAddress, $0.count) }
  }
}

/// Lends the bytes to C: nil as a null pointer, no bytes as a valid pointer and 0, since Kafka
/// tells the two apart.
func withBytes<Value>(
  _ bytes: [UInt8]?, _ body: (UnsafeMutableRawPointer?, Int) -> Value
) -> Value {
  guard let bytes else { return body(nil, 0) }
  guard !bytes.isEmpty else { return withBytes([0]) { pointer, _ in body(pointer, 0) } }
  return bytes.withUnsafeBytes { body(UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count) }
}
