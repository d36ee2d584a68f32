internal import Foundation
internal import Synchronization

/// A small HTTP server on plain sockets that behaves as badly as it is told to.
///
/// It serves 127.0.0.1 on a port of its own, one thread a connection, until it is released.
public final class TestServer: Sendable {
  /// One request as it came in.
  public struct Request: Sendable {
    /// Path and query.
    public let target: String
    /// By lowercase name.
    public let headers: [String: String]
    /// 0 for the first connection.
    public let connection: Int
    /// As many bytes as Content-Length says.
    public let body: [UInt8]
  }

  /// What the server does next on a connection.
  public enum Step: Sendable {
    case send([UInt8])
    /// Sends these bytes again and again until the other side goes away.
    case endless([UInt8])
    /// Sends one byte at a time with a pause after each.
    case drip([UInt8], pause: Duration)
    /// Says nothing until the other side goes away.
    case silence
    /// Closes the connection.
    case hangUp
  }

  public typealias Handler = @Sendable (Request) -> [Step]

  public let port: UInt16
  private let socket: Int32
  private let shared: Shared

  final class Shared: Sendable {
    let handler: Handler
    let requests = Mutex<[Request]>([])
    let isStopped = Mutex(false)

    init(_ handler: @escaping Handler) { self.handler = handler }
  }

  /// Every request until now, in order.
  public var requests: [Request] { shared.requests.withLock { $0 } }

  /// - isSix: listens on [::1] instead.
  public init(isSix: Bool = false, _ handler: @escaping Handler) throws {
    signal(SIGPIPE, SIG_IGN)
    let listener = Glibc.socket(isSix ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    socket = listener
    if isSix {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_addr = in6addr_loopback
      try Self.listen(listener, &address)
      port = UInt16(bigEndian: address.sin6_port)
    } else {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = in_addr_t(UInt32(0x7f00_0001).bigEndian)
      try Self.listen(listener, &address)
      port = UInt16(bigEndian: address.sin_port)
    }
    let shared = Shared(handler)
    self.shared = shared
    Thread.detachNewThread { Self.accept(on: listener, shared) }
  }

  /// Whether this machine lets anybody listen on [::1].
  public static let hasSix = (try? TestServer(isSix: true) { _ in [] }) != nil

  /// Binds, and says in `address` to which port.
  private static func listen<Address>(_ listener: Int32, _ address: inout Address) throws {
    var size = socklen_t(MemoryLayout<Address>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) | Glibc.listen(listener, 64) | getsockname(listener, $0, &size)
      }
    }
    guard listener >= 0, code == 0 else { throw POSIXError(.EADDRINUSE) }
  }

  deinit {
    shared.isStopped.withLock { $0 = true }
    shutdown(socket, Int32(SHUT_RDWR))
    close(socket)
  }

  /// A whole answer with a length, after which the connection stays open.
  public static func answer(
    _ status: Int, _ body: [UInt8] = [], headers: [String] = []
  ) -> [Step] {
    let lines = ["HTTP/1.1 \(status) X", "Content-Length: \(body.count)"] + headers
    return [.send(head(lines) + body)]
  }

  /// A status line and header lines, as they are.
  public static func head(_ lines: [String]) -> [UInt8] {
    Array((lines + ["", ""]).joined(separator: "\r\n").utf8)
  }

  private static func accept(on listener: Int32, _ shared: Shared) {
    var count = 0
    while true {
      let connection = Glibc.accept(listener, nil, nil)
      guard connection >= 0 else { return }
      let number = count
      count += 1
      Thread.detachNewThread {
        serve(connection, number, shared)
        close(connection)
      }
    }
  }

  private static func serve(_ connection: Int32, _ number: Int, _ shared: Shared) {
    while let request = read(connection, number) {
      shared.requests.withLock { $0.append(request) }
      for step in shared.handler(request) {
        guard perform(step, connection, shared) else { return }
      }
    }
  }

  /// False when the connection is over.
  private static func perform(_ step: Step, _ connection: Int32, _ shared: Shared) -> Bool {
    switch step {
    case .send(let bytes): return send(bytes, connection)
    case .endless(let bytes):
      while !shared.isStopped.withLock({ $0 }) && send(bytes, connection) {}
      return false
    case .drip(let bytes, let pause):
      for byte in bytes where !shared.isStopped.withLock({ $0 }) {
        guard send([byte], connection) else { return false }
        usleep(UInt32(pause / .microseconds(1)))
      }
      return true
    case .silence:
      var byte: UInt8 = 0
      while Glibc.read(connection, &byte, 1) > 0 {}
      return false
    case .hangUp: return false
    }
  }

  private static func send(_ bytes: [UInt8], _ connection: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { write(connection, $0.baseAddress, $0.count) }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  private static func read(_ connection: Int32, _ number: Int) -> Request? {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while !bytes.suffix(4).elementsEqual(Array("\r\n\r\n".utf8)) {
      guard bytes.count < 65536, Glibc.read(connection, &byte, 1) == 1 else { return nil }
      bytes.append(byte)
    }
    let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ")
    guard words.count == 3 else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
    }
    var body: [UInt8] = []
    let length = headers["content-length"].flatMap { Int($0) } ?? 0
    while body.count < length {
      guard Glibc.read(connection, &byte, 1) == 1 else { return nil }
      body.append(byte)
    }
    return Request(target: String(words[1]), headers: headers, connection: number, body: body)
  }
}
