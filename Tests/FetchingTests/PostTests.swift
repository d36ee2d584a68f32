import Fetching
import TestKit
import Testing

@Suite struct `A fetcher that posts` {
  let fetcher = Fetcher(name: "test")

  private func request(_ server: TestServer) throws -> FetchRequest {
    FetchRequest(
      url: "http://judge.test:\(server.port)/", host: "judge.test", port: server.port,
      addresses: [try #require(InternetAddress("127.0.0.1"))], headers: ["X-A: b"])
  }

  @Test(arguments: [0, 1, 70_000, 3 << 20])
  func `sends all of a body at once`(count: Int) async throws {
    let server = try TestServer { request in
      TestServer.answer(200, Array(String(request.body.count).utf8))
    }
    let body = String(repeating: "é", count: count / 2)
    let answer = try await fetcher.post(body, to: request(server), limits: FetchLimits())
    #expect(String(decoding: answer.body, as: UTF8.self) == "\(body.utf8.count)")
    let sent = try #require(server.requests.first)
    #expect(sent.body == Array(body.utf8) && sent.headers["x-a"] == "b")
    #expect(sent.headers["content-type"] == "application/json" && sent.headers["expect"] == nil)
  }

  @Test func `gets again afterwards without a body`() async throws {
    let server = try TestServer { _ in TestServer.answer(200, [7]) }
    _ = try await fetcher.post("{}", to: request(server), limits: FetchLimits())
    _ = try await fetcher.get(request(server), limits: FetchLimits())
    let requests = server.requests
    #expect(requests.map(\.body) == [[0x7B, 0x7D], []])
    #expect(requests[1].headers["accept"] == "image/png, image/jpeg")
    #expect(requests[1].headers["content-type"] == nil)
  }

  @Test func `follows no redirect with its body`() async throws {
    let server = try TestServer { _ in
      TestServer.answer(307, headers: ["Location: http://127.0.0.1:1/"])
    }
    let answer = try await fetcher.post("{}", to: request(server), limits: FetchLimits())
    #expect(answer.status == 307 && server.requests.count == 1)
  }
}
