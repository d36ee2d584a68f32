import Fetching
import Foundation
import GroundingService
import JSON
import Judging
import Synchronization
import TestKit
import Testing

@Suite struct `A language model` {
  /// Answers in order, the last one again and again.
  private func server(_ answers: [TestServer.Step]...) throws -> TestServer {
    let place = Mutex(0)
    return try TestServer { _ in
      let index = place.withLock { place in
        defer { place += 1 }
        return min(place, answers.count - 1)
      }
      return answers[index]
    }
  }

  private static func completion(_ content: String) -> [TestServer.Step] {
    let body: JSON = ["choices": [["message": ["role": "assistant", "content": .string(content)]]]]
    return TestServer.answer(200, body.bytes)
  }

  /// A model that waits in no time, and writes down how long it would have.
  private func model(
    _ server: TestServer, key: String? = nil, rate: Double? = nil, waits: Waits = Waits(),
    timeout: Duration = .seconds(20), tokensMax: Int? = 1_024
  ) throws -> ChatModel {
    var endpoint = try ChatEndpoint(
      url: "http://judge.test:\(server.port)/v1/", model: "m-1", key: key, jobs: 2,
      requestsPerSecond: rate, timeout: timeout)
    endpoint.tokensMax = tokensMax
    let loopback = try #require(InternetAddress("127.0.0.1"))
    return ChatModel(
      endpoint, resolve: { _ throws(FetchError) in [loopback] },
      surroundings: Surroundings(
        now: { Date(timeIntervalSince1970: 784_111_777) }, chance: { 0 },
        wait: { time in waits.times.withLock { $0.append(time) } }))
  }

  private func ask(_ model: ChatModel) async throws -> String {
    try await model.answer(to: [
      ChatMessage(.system, "Judge."), ChatMessage(.user, "“Clear.”\n\u{0}?"),
    ])
  }

  @Test func `is asked for a completion at temperature 0`() async throws {
    let server = try server(Self.completion("yes"))
    #expect(try await ask(model(server, key: "k-1")) == "yes")
    let request = try #require(server.requests.first)
    #expect(request.target == "/v1/chat/completions")
    #expect(request.headers["authorization"] == "Bearer k-1")
    #expect(request.headers["content-type"] == "application/json")
    #expect(request.headers["accept"] == "application/json")
    let body = try JSON(parsing: request.body)
    #expect(body["model"] == "m-1" && body["temperature"] == 0 && body["max_tokens"] == 1_024)
    #expect(
      body["messages"] == [
        ["role": "system", "content": "Judge."],
        ["role": "user", "content": "“Clear.”\n\u{0}?"],
      ])
  }

  @Test func `may be left to bound its answers itself`() async throws {
    let server = try server(Self.completion("yes"))
    _ = try await ask(model(server, tokensMax: nil))
    _ = try await ask(model(server, tokensMax: 7))
    let bodies = try server.requests.map { try JSON(parsing: $0.body) }
    #expect(bodies.map { $0["max_tokens"] } == [nil, 7])
  }

  @Test func `is trusted by the authorities of a file alone`() async throws {
    let server = try server(Self.completion("yes"))
    var endpoint = try ChatEndpoint(
      url: "https://127.0.0.1:\(server.port)", model: "m", key: nil, jobs: 1,
      requestsPerSecond: nil, timeout: .seconds(20))
    endpoint.authorityFile = "/nowhere.pem"
    let model = ChatModel(
      endpoint, resolve: { _ throws(FetchError) in [] }, surroundings: .real)
    let error = await #expect(throws: JudgeError.self) { try await ask(model) }
    #expect(error?.description.contains("(77)") == true, "\(String(describing: error))")
    #expect(server.requests.isEmpty)
  }

  @Test func `keeps its connection, and needs no key`() async throws {
    let server = try server(Self.completion("yes"))
    let model = try model(server)
    for _ in 0..<3 { _ = try await ask(model) }
    #expect(server.requests.map(\.connection) == [0, 0, 0])
    #expect(server.requests.allSatisfy { $0.headers["authorization"] == nil })
  }

  @Test func `is asked again when it is busy, as late as it says`() async throws {
    let waits = Waits()
    let server = try server(
      [.hangUp], TestServer.answer(429, headers: ["Retry-After: 7"]),
      TestServer.answer(503, headers: ["Retry-After: Sun, 06 Nov 1994 08:49:47 GMT"]),
      TestServer.answer(500, headers: ["Retry-After: 86400"]), TestServer.answer(502),
      Self.completion("late"))
    #expect(try await ask(model(server, waits: waits)) == "late")
    #expect(server.requests.count == 6)
    #expect(
      waits.times.withLock { $0 } == [
        .milliseconds(500), .seconds(7), .seconds(10), .seconds(600), .seconds(8),
      ])
  }

  @Test func `is given up after six attempts`() async throws {
    let server = try server(TestServer.answer(500))
    await #expect(throws: JudgeError.unreachable(attempts: 6, reason: "HTTP 500")) {
      try await ask(model(server))
    }
    #expect(server.requests.count == 6)
  }

  @Test(arguments: [301, 400, 401, 404])
  func `that refuses is not asked again, nor followed`(status: Int) async throws {
    let server = try server(
      TestServer.answer(status, headers: ["Location: http://127.0.0.1:1/"]))
    await #expect(throws: JudgeError.refused(status: status)) { try await ask(model(server)) }
    #expect(server.requests.count == 1)
  }

  @Test(arguments: [
    "", "{", "[]", "{}", #"{"choices":[]}"#, #"{"choices":[{"message":"yes"}]}"#, "\u{FF}",
    String(repeating: "[", count: 5_000),
  ])
  func `that answers something else is none`(body: String) async throws {
    let server = try server(TestServer.answer(200, Array(body.utf8)))
    await #expect(throws: JudgeError.notACompletion) { try await ask(model(server)) }
  }

  @Test func `may say nothing`() async throws {
    for message in [#"{}"#, #"{"content":null}"#, #"{"content":[]}"#] {
      let server = try server(
        TestServer.answer(200, Array(#"{"choices":[{"message":\#(message)}]}"#.utf8)))
      #expect(try await ask(model(server)) == "")
    }
  }

  @Test func `is not read beyond a mebibyte`() async throws {
    let head = TestServer.head(["HTTP/1.1 200 OK"])
    let server = try server([.send(head), .endless([UInt8](repeating: 0x20, count: 4_096))])
    await #expect(throws: JudgeError.self) { try await ask(model(server)) }
    #expect(server.requests.count == 1)
  }

  @Test func `is waited for no longer than its timeout`() async throws {
    let server = try server([.silence], Self.completion("late"))
    #expect(try await ask(model(server, timeout: .milliseconds(300))) == "late")
  }

  @Test func `is asked no more often than allowed`() async throws {
    let waits = Waits()
    let server = try server(Self.completion("yes"))
    let model = try model(server, rate: 0.01, waits: waits)
    for _ in 0..<3 { _ = try await ask(model) }
    let times = waits.times.withLock { $0 }
    #expect(times.count == 2)
    for (time, seconds) in zip(times, [100, 200]) {
      #expect(abs(time / .seconds(1) - Double(seconds)) < 20)
    }
  }

  @Test(arguments: [
    "", "judge.test", "ftp://judge.test", "http://user:pass@judge.test", "http://judge.test/v1?a=b",
    "http://judge.test/../v1", "http://judge.test:99999", "http://judge .test",
  ])
  func `has an address that can be asked`(url: String) {
    #expect(throws: JudgeError.self) {
      try ChatEndpoint(
        url: url, model: "m", key: nil, jobs: 1, requestsPerSecond: nil, timeout: .seconds(1))
    }
  }

  @Test func `never gets a key that would end its header line`() {
    #expect(throws: JudgeError.badKey) {
      try ChatEndpoint(
        url: "http://judge.test", model: "m", key: "k\r\nX: y", jobs: 1, requestsPerSecond: nil,
        timeout: .seconds(1))
    }
  }

  @Test(arguments: [
    ("http://127.0.0.1:1/v1", false), ("http://localhost/v1", false), ("http://[::1]", false),
    ("https://judge.test", false), ("http://judge.test", true), ("http://10.0.0.1", true),
  ])
  func `is known to be open to others`(url: String, isOpen: Bool) throws {
    let endpoint = try ChatEndpoint(
      url: url, model: "m", key: nil, jobs: 1, requestsPerSecond: nil, timeout: .seconds(1))
    #expect(endpoint.isOpenToOthers == isOpen)
  }
}

/// How long something waited.
final class Waits: Sendable {
  let times = Mutex<[Duration]>([])
}
