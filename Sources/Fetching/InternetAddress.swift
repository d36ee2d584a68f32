internal import Glibc

/// A numeric internet address: 4 bytes of IPv4 or 16 bytes of IPv6, most significant first.
public struct InternetAddress: Hashable, Sendable {
  /// 4 or 16 bytes in network order.
  public let bytes: [UInt8]

  /// Nil unless there are 4 or 16 bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// Reads `192.0.2.1` or `2001:db8::1` (no brackets, no zone).
  ///
  /// Nil for everything else, the short, octal and hexadecimal spellings of IPv4 included.
  public init?(_ text: String) {
    guard text.utf8.count <= 45, !text.utf8.contains(0) else { return nil }
    let isSix = text.utf8.contains(UInt8(ascii: ":"))
    var raw = [UInt8](repeating: 0, count: isSix ? 16 : 4)
    guard inet_pton(isSix ? AF_INET6 : AF_INET, text, &raw) == 1 else { return nil }
    bytes = raw
  }

  /// The usual spelling, without brackets.
  public var text: String {
    var raw = bytes
    var written = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let size = socklen_t(written.count)
    let family = isSix ? AF_INET6 : AF_INET
    guard inet_ntop(family, &raw, &written, size) != nil else { return "" }
    return String(decoding: written.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  var isSix: Bool { bytes.count == 16 }
}
