import Fetching
import TestKit
import Testing

@Suite struct `A fetcher` {
  let fetcher = Fetcher(name: "test")
  let loopback = InternetAddress("127.0.0.1")

  func request(_ server: TestServer, _ target: String = "/") throws -> FetchRequest {
    FetchRequest(
      url: "http://images.test:\(server.port)\(target)", host: "images.test", port: server.port,
      addresses: [try #require(loopback)])
  }

  func get(_ steps: [TestServer.Step], _ limits: FetchLimits = FetchLimits()) async throws
    -> FetchResponse
  {
    let server = try TestServer { _ in steps }
    return try await fetcher.get(request(server), limits: limits)
  }

  @Test func `brings the body, the status and the headers`() async throws {
    let answer = try await get(TestServer.answer(200, [1, 2, 3], headers: ["X-A:  b \t"]))
    #expect(answer.status == 200)
    #expect(answer.body == [1, 2, 3])
    #expect(answer.headers["x-a"] == "b")
  }

  @Test func `keeps the connection and asks for nothing but the image`() async throws {
    let server = try TestServer { _ in TestServer.answer(200, [7]) }
    for _ in 0..<3 { _ = try await fetcher.get(request(server), limits: FetchLimits()) }
    #expect(server.requests.map(\.connection) == [0, 0, 0])
    let first = try #require(server.requests.first)
    #expect(first.headers["host"] == "images.test:\(server.port)")
    #expect(first.headers["accept-encoding"] == nil)
    #expect(first.headers["cookie"] == nil)
    #expect(first.headers["authorization"] == nil)
  }

  @Test func `connects to the checked addresses only`() async throws {
    let server = try TestServer { _ in TestServer.answer(200, [7]) }
    var request = try request(server)
    _ = try await fetcher.get(request, limits: FetchLimits())
    // A kept connection to an address that is no longer allowed must not serve either.
    request.addresses = [try #require(InternetAddress("127.0.0.9"))]
    await #expect(throws: FetchError.cannotConnect) {
      try await fetcher.get(request, limits: FetchLimits(connect: .seconds(1)))
    }
    #expect(server.requests.count == 1)
  }

  @Test func `sends nothing to an address that was not checked`() async throws {
    let server = try TestServer { _ in TestServer.answer(200, [7]) }
    let request = FetchRequest(
      url: "http://localhost:\(server.port)/", host: "another.test", port: server.port,
      addresses: [try #require(InternetAddress("127.0.0.9"))])
    await #expect(throws: FetchError.uncheckedAddress) {
      try await fetcher.get(request, limits: FetchLimits())
    }
    #expect(server.requests.isEmpty)
  }

  @Test(.enabled(if: TestServer.hasSix, "this machine has no [::1]"))
  func `fetches from a numeric IPv6 host, to the checked address only`() async throws {
    let server = try TestServer(isSix: true) { _ in TestServer.answer(200, [7]) }
    var request = FetchRequest(
      url: "http://[::1]:\(server.port)/", host: "::1", port: server.port,
      addresses: [try #require(InternetAddress("::1"))])
    let answer = try await fetcher.get(request, limits: FetchLimits())
    #expect(answer.body == [7])
    #expect(server.requests.first?.headers["host"] == "[::1]:\(server.port)")
    request.addresses = [try #require(InternetAddress("::2"))]
    await #expect(throws: FetchError.uncheckedAddress) {
      try await fetcher.get(request, limits: FetchLimits())
    }
    #expect(server.requests.count == 1)
  }

  @Test func `calls a resolution that libcurl cannot read a misconfiguration`() async throws {
    let request = FetchRequest(
      url: "http://images.test/", host: "a:b", port: 80, addresses: [try #require(loopback)])
    await #expect(throws: FetchError.misconfigured(code: 49)) {
      try await fetcher.get(request, limits: FetchLimits())
    }
  }

  @Test func `stops an endless body at the cap`() async throws {
    let head = TestServer.head(["HTTP/1.1 200 OK"])
    await #expect(throws: FetchError.tooLarge(bytesMax: 100_000)) {
      try await get(
        [.send(head), .endless([UInt8](repeating: 1, count: 4096))],
        FetchLimits(bytesMax: 100_000))
    }
  }

  @Test func `refuses an announced size above the cap at once`() async throws {
    let head = TestServer.head(["HTTP/1.1 200 OK", "Content-Length: 100001"])
    await #expect(throws: FetchError.tooLarge(bytesMax: 100_000)) {
      try await get([.send(head), .silence], FetchLimits(bytesMax: 100_000))
    }
  }

  @Test func `stops endless headers`() async throws {
    let line = Array("X-Header: \(String(repeating: "a", count: 1000))\r\n".utf8)
    await #expect(throws: FetchError.self) {
      try await get([.send(Array("HTTP/1.1 200 OK\r\n".utf8)), .endless(line)])
    }
  }

  @Test func `reads chunks, and leaves compression alone`() async throws {
    let chunks = Array("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n".utf8)
    let head = TestServer.head([
      "HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Content-Encoding: gzip",
    ])
    #expect(try await get([.send(head + chunks)]).body == Array("abcde".utf8))
  }

  @Test func `notices a body that is shorter than announced`() async throws {
    let head = TestServer.head(["HTTP/1.1 200 OK", "Content-Length: 10"])
    await #expect(throws: FetchError.broken(code: 18)) {
      try await get([.send(head + [1, 2]), .hangUp])
    }
  }

  @Test func `ends a slow transfer`() async throws {
    let head = TestServer.head(["HTTP/1.1 200 OK", "Content-Length: 100000"])
    let drip = TestServer.Step.drip(
      [UInt8](repeating: 1, count: 100_000), pause: .milliseconds(10))
    await #expect(throws: FetchError.timedOut) {
      try await get([.send(head), drip], FetchLimits(total: .milliseconds(300)))
    }
    await #expect(throws: FetchError.timedOut) {
      try await get(
        [.send(head), drip], FetchLimits(bytesPerSecondMin: 1000, slowestFor: .seconds(1)))
    }
    await #expect(throws: FetchError.timedOut) {
      try await get([.silence], FetchLimits(total: .milliseconds(300)))
    }
  }

  @Test func `ends a transfer whose task is cancelled`() async throws {
    let server = try TestServer { _ in [.silence] }
    let request = try request(server)
    let transfer = Task { try await fetcher.get(request, limits: FetchLimits()) }
    while server.requests.isEmpty { await Task.yield() }
    transfer.cancel()
    await #expect(throws: FetchError.cancelled) { try await transfer.value }
  }

  @Test(arguments: [
    [TestServer.Step.send(Array("not http at all\r\n\r\n".utf8)), .hangUp], [.hangUp],
    [.send(Array("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n".utf8)), .hangUp],
  ])
  func `gives a broken answer its name`(steps: [TestServer.Step]) async throws {
    await #expect(throws: FetchError.self) { try await get(steps) }
  }

  @Test func `does not follow, and drops the body of anything but 200`() async throws {
    let answer = try await get(
      TestServer.answer(302, [1, 2], headers: ["Location: file:///etc/passwd"]))
    #expect(answer.status == 302)
    #expect(answer.body.isEmpty)
    #expect(answer.headers["location"] == "file:///etc/passwd")
  }

  @Test func `speaks http and https only`() async throws {
    let request = FetchRequest(
      url: "file:///etc/hostname", host: "", port: 80, addresses: [try #require(loopback)])
    await #expect(throws: FetchError.misconfigured(code: 1)) {
      try await fetcher.get(request, limits: FetchLimits())
    }
  }
}
