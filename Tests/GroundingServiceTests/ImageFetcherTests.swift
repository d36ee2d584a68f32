import Fetching
import Foundation
import TestKit
import Testing

@testable import GroundingService

@Suite struct `An image fetcher` {
  func fetcher(
    _ rules: [String], _ settings: ImageFetcherSettings = ImageFetcherSettings(workers: 1),
    hosts: [String: [String]] = ["images.test": ["127.0.0.1"], "other.test": ["127.0.0.1"]]
  ) throws -> ImageFetcher {
    let resolve: ImageFetcher.Resolve = { host throws(FetchError) in
      guard let addresses = hosts[host] else { throw .unknownHost }
      return addresses.compactMap(InternetAddress.init)
    }
    return ImageFetcher(
      try SourcePolicy(parsing: rules), settings: settings, resolve: resolve,
      now: { Date(timeIntervalSince1970: 784_111_740) })
  }

  /// Fetches `/` of a server that answers like this.
  func fetch(
    sha256: String? = nil, _ settings: ImageFetcherSettings = ImageFetcherSettings(workers: 1),
    answering handler: @escaping TestServer.Handler
  ) async throws -> ImageFetch {
    let server = try TestServer(handler)
    let source = "http://images.test:\(server.port)"
    return try await fetcher([source + " private"], settings).fetch(
      uri: source + "/", sha256: sha256)
  }

  func code(_ fetch: ImageFetch) -> ImageFailure.Code? {
    if case .failed(let failure) = fetch { failure.code } else { nil }
  }

  @Test func `gives the bytes, and checks their digest`() async throws {
    let abc = Array("abc".utf8)
    let digest = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"
    let handler: TestServer.Handler = { _ in TestServer.answer(200, abc) }
    #expect(try await fetch(answering: handler) == .bytes(abc))
    #expect(try await fetch(sha256: digest, answering: handler) == .bytes(abc))
    #expect(code(try await fetch(sha256: digest + "0", answering: handler)) == .hashMismatch)
    #expect(code(try await fetch(sha256: "", answering: handler)) == .hashMismatch)
  }

  @Test(arguments: [
    (404, ImageFailure.Code.notFound), (410, .notFound), (401, .forbidden), (403, .forbidden),
    (204, .empty), (200, .empty), (400, .unavailable), (304, .unavailable), (206, .unavailable),
  ])
  func `gives up on what will not change`(status: Int, expected: ImageFailure.Code) async throws {
    let outcome = try await fetch { _ in TestServer.answer(status) }
    #expect(code(outcome) == expected)
  }

  @Test(arguments: [
    (503, ImageOutage.serverError), (500, .serverError), (429, .busy), (408, .busy),
  ])
  func `comes back for what may change`(status: Int, outage: ImageOutage) async throws {
    #expect(
      try await fetch { _ in TestServer.answer(status) } == .unavailable(outage, notBefore: nil))
  }

  @Test(
    arguments: [
      ("7", 7), ("100000", 120), ("Sun, 06 Nov 1994 08:49:37 GMT", 37), ("soon", nil),
    ] as [(String, Int?)])
  func `passes Retry-After on within a bound`(text: String, seconds: Int?) async throws {
    let outcome = try await fetch { _ in
      TestServer.answer(503, headers: ["Retry-After: \(text)"])
    }
    let wait = seconds.map { Duration.seconds($0) }
    #expect(outcome == .unavailable(.serverError, notBefore: wait))
  }

  @Test func `refuses a compressed answer`() async throws {
    let outcome = try await fetch { _ in
      TestServer.answer(200, [0x1f, 0x8b], headers: ["Content-Encoding: gzip"])
    }
    #expect(code(outcome) == .unavailable)
  }

  @Test func `stops at its caps`() async throws {
    let settings = ImageFetcherSettings(
      limits: FetchLimits(bytesMax: 10, total: .milliseconds(300)), workers: 1)
    let large = try await fetch(settings) { _ in TestServer.answer(200, [UInt8](0...10)) }
    #expect(code(large) == .tooLarge)
    let head = TestServer.head(["HTTP/1.1 200 OK"])
    let endless = try await fetch(settings) { _ in [.send(head), .endless([1, 2, 3])] }
    #expect(code(endless) == .tooLarge)
    let silent = try await fetch(settings) { _ in [.silence] }
    #expect(silent == .unavailable(.timeout, notBefore: nil))
  }

  @Test func `calls a broken or refused connection an outage`() async throws {
    let head = TestServer.head(["HTTP/1.1 200 OK", "Content-Length: 10"])
    let truncated = try await fetch { _ in [.send(head + [1]), .hangUp] }
    #expect(truncated == .unavailable(.truncated, notBefore: nil))
    var server: TestServer? = try TestServer { _ in [] }
    let port = try #require(server?.port)
    server = nil
    let source = "http://127.0.0.1:\(port)"
    let refused = try await fetcher([source]).fetch(uri: source + "/", sha256: nil)
    #expect(refused == .unavailable(.refused, notBefore: nil))
  }

  @Test func `calls a name that nobody knows an outage`() async throws {
    let outcome = try await fetcher(["https://a.test"]).fetch(uri: "https://a.test/", sha256: nil)
    #expect(outcome == .unavailable(.dns, notBefore: nil))
  }

  /// The resolver is a thread that hangs, as when no name server answers.
  @Test(.timeLimit(.minutes(1)))
  func `ends an attempt whose lookup takes too long`() async throws {
    let release = DispatchSemaphore(value: 0)
    defer { release.signal() }
    let settings = ImageFetcherSettings(
      limits: FetchLimits(total: .milliseconds(300)), workers: 1)
    let fetcher = ImageFetcher(
      try SourcePolicy(parsing: ["http://images.test private"]), settings: settings,
      resolve: { _ throws(FetchError) in
        release.wait()
        return []
      }, now: { Date() })
    let begin = ContinuousClock.now
    let outcome = await fetcher.fetch(uri: "http://images.test/", sha256: nil)
    #expect(outcome == .unavailable(.timeout, notBefore: nil))
    #expect(ContinuousClock.now - begin < .seconds(20))
  }

  @Test func `counts the lookup's time in the transfer's`() async throws {
    let server = try TestServer { _ in [.silence] }
    let source = "http://images.test:\(server.port)"
    let settings = ImageFetcherSettings(
      limits: FetchLimits(total: .milliseconds(1500)), workers: 1)
    let fetcher = ImageFetcher(
      try SourcePolicy(parsing: [source + " private"]), settings: settings,
      resolve: { _ throws(FetchError) in
        usleep(1_200_000)
        return [InternetAddress("127.0.0.1")].compactMap { $0 }
      }, now: { Date() })
    let begin = ContinuousClock.now
    let outcome = await fetcher.fetch(uri: source + "/", sha256: nil)
    #expect(outcome == .unavailable(.timeout, notBefore: nil))
    #expect(ContinuousClock.now - begin < .milliseconds(2600), "1.2 s and another 1.5 s")
  }

  @Test(.enabled(if: TestServer.hasSix, "this machine has no [::1]"))
  func `fetches from a numeric IPv6 host`() async throws {
    let server = try TestServer(isSix: true) { _ in TestServer.answer(200, [6]) }
    let source = "http://[::1]:\(server.port)"
    #expect(try await fetcher([source]).fetch(uri: source + "/", sha256: nil) == .bytes([6]))
  }

  @Test func `connects only to addresses that the rule allows`() async throws {
    let server = try TestServer { _ in TestServer.answer(200, [1]) }
    let source = "http://images.test:\(server.port)"
    let open = try await fetcher([source]).fetch(uri: source + "/", sha256: nil)
    #expect(code(open) == .uriRefused)
    // Of several addresses, only those allowed are tried.
    let hosts = ["images.test": ["169.254.169.254", "127.0.0.1"]]
    let mixed = try await fetcher([source + " private"], hosts: hosts).fetch(
      uri: source + "/", sha256: nil)
    #expect(mixed == .bytes([1]))
    #expect(server.requests.count == 1)
  }

  @Test func `follows redirects that the policy allows`() async throws {
    let outcome = try await fetch { request in
      request.target == "/"
        ? TestServer.answer(302, headers: ["Location: /next?a=1"]) : TestServer.answer(200, [9])
    }
    #expect(outcome == .bytes([9]))
  }

  @Test func `does not go round in circles`() async throws {
    let server = try TestServer { _ in TestServer.answer(301, headers: ["Location: /"]) }
    let source = "http://images.test:\(server.port)"
    let outcome = try await fetcher([source + " private"]).fetch(uri: source + "/", sha256: nil)
    #expect(code(outcome) == .uriRefused)
    #expect(server.requests.count == 6)
  }

  @Test(arguments: [
    "file:///etc/passwd", "http://169.254.169.254/latest/meta-data", "http://other.test/",
    "gopher://images.test/", "http://x@images.test/", "",
  ])
  func `refuses redirects out of the policy`(location: String) async throws {
    let outcome = try await fetch { _ in
      TestServer.answer(302, headers: ["Location: \(location)"])
    }
    #expect(code(outcome) == .uriRefused)
  }

  @Test func `refuses a name that moves to a private address`() async throws {
    let server = try TestServer { _ in
      TestServer.answer(302, headers: ["Location: http://rebound.test/"])
    }
    let source = "http://127.0.0.1:\(server.port)"
    let fetcher = try fetcher(
      [source, "http://rebound.test"], hosts: ["rebound.test": ["127.0.0.1"]])
    #expect(code(await fetcher.fetch(uri: source + "/", sha256: nil)) == .uriRefused)
  }

  @Test func `keeps a credential to its own host`() async throws {
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }  // best effort
    try Data("s3cret\n".utf8).write(to: folder.appending(path: "token"))
    let other = try TestServer { _ in TestServer.answer(200, [1]) }
    let first = try TestServer { _ in
      TestServer.answer(302, headers: ["Location: http://other.test:\(other.port)/"])
    }
    let source = "http://images.test:\(first.port)"
    let rules = [
      source + " private bearer=token", "http://other.test:\(other.port) private",
    ]
    let settings = ImageFetcherSettings(workers: 1, credentialsFolder: folder.path)
    let outcome = try await fetcher(rules, settings).fetch(uri: source + "/", sha256: nil)
    #expect(outcome == .bytes([1]))
    #expect(first.requests.first?.headers["authorization"] == "Bearer s3cret")
    #expect(other.requests.count == 1)
    #expect(other.requests.first?.headers["authorization"] == nil)
  }

  @Test func `waits for a credential that cannot be read`() async throws {
    let settings = ImageFetcherSettings(workers: 1, credentialsFolder: "/nonexistent")
    let outcome = try await fetcher(["http://127.0.0.1:9 header=key"], settings).fetch(
      uri: "http://127.0.0.1:9/", sha256: nil)
    #expect(outcome == .unavailable(.credential, notBefore: nil))
    #expect(SourceCredential.header(file: "x").line(from: Array("A: b\r\nC: d".utf8)) == nil)
    #expect(SourceCredential.header(file: "x").line(from: Array(" A: b\n".utf8)) == "A: b")
  }

  @Test func `reads files, and says what is wrong with them`() async throws {
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }  // best effort
    try Data([1, 2]).write(to: folder.appending(path: "a b.png"))
    try Data().write(to: folder.appending(path: "empty.png"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/out", withDestinationPath: "/etc/hostname")
    let source = "file:" + folder.path
    let fetcher = try fetcher([source])
    #expect(await fetcher.fetch(uri: source + "/a%20b.png", sha256: nil) == .bytes([1, 2]))
    #expect(code(await fetcher.fetch(uri: source + "/a%20b.png", sha256: "00")) == .hashMismatch)
    #expect(code(await fetcher.fetch(uri: source + "/empty.png", sha256: nil)) == .empty)
    #expect(code(await fetcher.fetch(uri: source + "/absent", sha256: nil)) == .notFound)
    #expect(code(await fetcher.fetch(uri: source + "/out", sha256: nil)) == .uriRefused)
    #expect(code(await fetcher.fetch(uri: "file:/etc/hostname", sha256: nil)) == .uriRefused)
  }

  @Test func `fetches several at once, and no more than it has workers`() async throws {
    let server = try TestServer { _ in TestServer.answer(200, [1]) }
    let source = "http://images.test:\(server.port)"
    let fetcher = try fetcher([source + " private"], ImageFetcherSettings(workers: 3))
    let outcomes = await withTaskGroup(of: ImageFetch.self) { group in
      for number in 0..<40 {
        group.addTask { await fetcher.fetch(uri: source + "/\(number)", sha256: nil) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes == [ImageFetch](repeating: .bytes([1]), count: 40))
    #expect(Set(server.requests.map(\.connection)).count <= 3)
  }
}
