internal import Glibc

/// A numeric address and port to listen at.
struct SocketAddress {
  private let text: String
  private let host: String
  private let port: String
  private let isIPv6: Bool

  /// Reads `127.0.0.1:9464` or `[::1]:9464`.
  init(_ text: String) throws(HTTPListenerError) {
    guard let colon = text.lastIndex(of: ":") else { throw .notAnAddress(text) }
    let host = text[..<colon]
    let port = text[text.index(after: colon)...]
    guard let number = Int(port), (0...65_535).contains(number), port.utf8.first != 43 else {
      throw .notAnAddress(text)
    }
    isIPv6 = host.hasPrefix("[") && host.hasSuffix("]")
    self.text = text
    self.host = isIPv6 ? String(host.dropFirst().dropLast()) : String(host)
    self.port = String(number)
  }

  /// A socket that listens here and never blocks.
  func listen() throws(HTTPListenerError) -> Descriptor {
    let found = try resolved()
    defer { freeaddrinfo(found) }
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let socket = Descriptor(owning: Glibc.socket(found.pointee.ai_family, type, 0))
    var yes: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    setsockopt(socket.number, SOL_SOCKET, SO_REUSEADDR, &yes, size)
    let isBound = bind(socket.number, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0
    guard isBound, Glibc.listen(socket.number, 128) == 0 else {
      throw .cannotListen(address: text, reason: String(cString: strerror(errno)))
    }
    return socket
  }

  /// Throws when the host is not a numeric address.
  func check() throws(HTTPListenerError) { freeaddrinfo(try resolved()) }

  /// To be freed by the caller.
  private func resolved() throws(HTTPListenerError) -> UnsafeMutablePointer<addrinfo> {
    var hints = addrinfo()
    hints.ai_family = isIPv6 ? AF_INET6 : AF_INET
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, port, &hints, &found) == 0, let found else {
      throw .notAnAddress(text)
    }
    return found
  }

  /// The port that a socket listens at.
  static func port(of socket: Descriptor) -> Int {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = getsockname(socket.number, $0, &length)
      }
      // Both families keep the port in the same place, in network order.
      return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        Int(UInt16(bigEndian: $0.pointee.sin_port))
      }
    }
  }
}

/// The owner of a file descriptor.
final class Descriptor: Sendable {
  let number: Int32

  /// A failed call's −1 is taken too: whatever is done with it fails in turn.
  init(owning number: Int32) { self.number = number }

  deinit { if number >= 0 { close(number) } }

  /// Two ends of a line: when one ends it, whoever polls the other wakes up.
  static func pair() -> (Descriptor, Descriptor) {
    var numbers: [Int32] = [-1, -1]
    socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &numbers)
    return (Descriptor(owning: numbers[0]), Descriptor(owning: numbers[1]))
  }

  /// Ends a line that `pair` made.
  func end() { shutdown(number, Int32(SHUT_RDWR)) }
}
