import Glibc
import Testing

@testable import Journal

@Suite(.timeLimit(.minutes(4))) struct `The HTTP listener` {
  func listener(_ limits: HTTPListener.Limits = .init()) throws -> HTTPListener {
    try HTTPListener(address: "127.0.0.1:0", limits: limits) { request in
      switch request.path {
      case "/page": HTTPResponse(status: 200, body: "hello\n")
      case "/large": HTTPResponse(status: 200, body: String(repeating: "x", count: 5_000_000))
      default: HTTPResponse(status: 404, body: "no\n")
      }
    }
  }

  @Test func `answers GET and HEAD, and closes`() async throws {
    let listener = try listener()
    let answer = try await Client(listener.port).ask("GET /page?x=1 HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"))
    #expect(answer.contains("Content-Length: 6\r\n"))
    #expect(answer.hasSuffix("\r\n\r\nhello\n"))
    let head = try await Client(listener.port).ask("HEAD /page HTTP/1.0\n\n")
    #expect(head.contains("Content-Length: 6\r\n") && head.hasSuffix("\r\n\r\n"))
    await listener.close()
  }

  @Test(arguments: [
    ("GET /nothing HTTP/1.1\r\n\r\n", 404), ("POST /page HTTP/1.1\r\n\r\n", 405),
    ("DELETE /page HTTP/1.1\r\n\r\n", 405), ("GET /page HTTP/2\r\n\r\n", 505),
    ("GET page HTTP/1.1\r\n\r\n", 400), ("GET  /page HTTP/1.1\r\n\r\n", 400),
    ("\r\n\r\n", 400), ("\u{16}\u{03}\u{01}", 400), ("GET /page\r\n\r\n", 400),
    ("GET /\u{0} HTTP/1.1\r\n\r\n", 400), ("G3T / HTTP/1.1\r\n\r\n", 400),
  ])
  func `refuses what it does not serve`(request: String, status: Int) async throws {
    let listener = try listener()
    let answer = try await Client(listener.port).ask(request)
    #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
    await listener.close()
  }

  @Test func `refuses a head that is too long`() async throws {
    let listener = try listener()
    let header = "X: " + String(repeating: "y", count: 60_000) + "\r\n"
    let answer = try await Client(listener.port).ask("GET /page HTTP/1.1\r\n\(header)")
    #expect(answer.hasPrefix("HTTP/1.1 431 "))
    await listener.close()
  }

  @Test func `sends a large page to a reader that is not ready for it`() async throws {
    let listener = try listener()
    let answer = try await Client(listener.port).ask("GET /large HTTP/1.1\r\n\r\n")
    #expect(answer.utf8.count > 5_000_000)
    await listener.close()
  }

  @Test func `closes clients that are too slow`() async throws {
    let listener = try listener(.init(time: .milliseconds(50)))
    let silent = try Client(listener.port)
    let slow = try Client(listener.port)
    slow.send("GET /page HT")
    #expect(await silent.receive() == "")
    #expect(await slow.receive().hasPrefix("HTTP/1.1 408 "))
    await listener.close()
  }

  @Test func `serves others while slow clients hold all places`() async throws {
    let listener = try listener(.init(clientsMax: 4, time: .seconds(30)))
    let slow = try (0..<20).map { _ in try Client(listener.port) }
    for client in slow { client.send("GET /pa") }
    let answer = try await Client(listener.port).ask("GET /page HTTP/1.1\r\n\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 200 "))
    await listener.close()
  }

  @Test func `survives clients that leave`() async throws {
    let listener = try listener()
    for _ in 0..<5 {
      let client = try Client(listener.port)
      client.send("GET /large HTTP/1.1\r\n\r\n")
    }
    let answer = try await Client(listener.port).ask("GET /page HTTP/1.1\r\n\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 200 "))
    await listener.close()
  }

  @Test func `gives its port back when it closes`() async throws {
    let first = try listener()
    let address = "127.0.0.1:\(first.port)"
    let taken = #expect(throws: HTTPListenerError.self) {
      try HTTPListener(address: address) { _ in HTTPResponse(status: 200, body: "") }
    }
    #expect(taken?.description.hasPrefix("cannot listen at \(address): ") == true)
    await first.close()
    let second = try HTTPListener(address: address) { _ in HTTPResponse(status: 200, body: "") }
    await second.close()
  }

  @Test(arguments: [
    "", "off", "localhost", "localhost:80", "1.2.3:x", "127.0.0.1:65536", ":80", "[::1]",
  ])
  func `refuses what is no address`(text: String) {
    #expect(throws: HTTPListenerError.notAnAddress(text)) {
      try HTTPListener(address: text) { _ in HTTPResponse(status: 200, body: "") }
    }
  }

  @Test func `reads a request only when its head has ended`() {
    let whole = Array("GET /p HTTP/1.1\r\nA: b\r\n\r\n".utf8)
    for count in 0..<whole.count {
      #expect(HTTPReading(Array(whole.prefix(count))) == .incomplete)
    }
    #expect(HTTPReading(whole) == .request(HTTPRequest(path: "/p")))
  }
}

/// A client on plain sockets.
private final class Client {
  private let descriptor: Int32

  init(_ port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(code == 0)
  }

  deinit { close(descriptor) }

  func send(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  /// Everything until the other side closes.
  func receive() async -> String {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      // Never blocks: the tests share a pool of few threads.
      let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      if count < 0 && errno == EAGAIN {
        await Task.yield()
        continue
      }
      guard count > 0 else { return String(decoding: all, as: UTF8.self) }
      all += buffer.prefix(count)
    }
  }

  func ask(_ text: String) async -> String {
    send(text)
    return await receive()
  }
}
