import Datasets
import Foundation
import JSON
import TestKit
import Testing

@testable import grounded

@Suite final class `Curation by a language model`: CurateMaterial {
  private func serve(_ answer: String, status: String = "200 OK") throws -> TestServer {
    let body = JSON.object([
      .init("choices", [["message": ["role": "assistant", "content": .string(answer)]]])
    ]).text
    let head = "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
    return try TestServer { _ in [.send(Array((head + body).utf8))] }
  }

  @Test func `lets a language model choose regions, and repeats its choices`() async throws {
    let words = [
      "curate", try lines(0..<14), "--sizes", try sizes(14), "--judge-model", "m", "--json",
      "--choices", path("choices"),
    ]
    let server = try serve(#"["right lung"]"#)
    let judge = "http://127.0.0.1:\(server.port)/v1"
    let result = await output(words + ["--judge", judge, "--output", path("out")])
    #expect(result.status == .done, "\(result.complaint)")
    // The same seven sentences come twice.
    #expect(7...14 ~= server.requests.count)
    let question = try JSON(parsing: try #require(server.requests.first).body)
    let text = try #require(question["messages"]?.array?.last?["content"]?.string)
    #expect(text.hasPrefix(#"{"sentence":"Opacity "#))
    #expect(text.hasSuffix(#""regions":["right lung","left lung"]}"#))
    let entries = try Manifest.read(path: path("out"))
    #expect(entries.filter { $0.category == "right lung" && $0.boxes.count == 1 }.count == 14)
    let json = try JSON(parsing: result.text)
    #expect(json["questions"]?.integer == 14 && json["refused_answers"]?.integer == 0)
    #expect(json["regions_by"] == "m")
    let silent = try serve("", status: "500 None")
    try FileHandle(forWritingTo: URL(filePath: path("choices"))).append("{\"key\":\"cut off")
    let again = await output(
      words + ["--judge", "http://127.0.0.1:\(silent.port)", "--output", path("again")])
    #expect(again.status == .done && silent.requests.isEmpty, "\(again.complaint)")
    #expect(try bytes("again") == bytes("out"))
  }

  @Test func `keeps the hierarchy's choice where the language model has none`() async throws {
    let server = try serve("I cannot say.")
    let judge = "http://127.0.0.1:\(server.port)"
    let words = ["curate", try lines(0..<2), "--sizes", try sizes(2), "--json", "--judge"]
    let result = await output(words + [judge, "--judge-model", "m", "--output", path("out")])
    #expect(try JSON(parsing: result.text)["refused_answers"]?.integer == 2)
    #expect(try Manifest.read(path: path("out"))[0].category == "right lung, left lung")
    let refusing = try serve("", status: "403 No")
    let other = "http://127.0.0.1:\(refusing.port)"
    let refused = await output(words + [other, "--judge-model", "m", "--output", path("other")])
    #expect(refused.status == .failed && refused.complaint.contains("GROUNDED_JUDGE_KEY"))
    try file("wrong", "[]\n")
    let wrong = await output(
      words + [judge, "--judge-model", "m", "--output", path("other"), "--choices", path("wrong")])
    #expect(wrong.status == .failed && wrong.complaint.contains("wrong:1"))
  }
}

@Suite final class `Curation by a fallible language model`: CurateMaterial {
  private static func response(_ status: String, _ answer: String) -> [TestServer.Step] {
    let body = JSON.object([
      .init("choices", [["message": ["role": "assistant", "content": .string(answer)]]])
    ]).text
    let head = "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
    return [.send(Array((head + body).utf8))]
  }

  @Test(arguments: [400, 413, 422])
  func `leaves what is refused to the hierarchy`(status: Int) async throws {
    // The first question of all is refused.
    let server = try TestServer { request in
      String(decoding: request.body, as: UTF8.self).contains("Opacity 0 is")
        ? Self.response("\(status) No", "") : Self.response("200 OK", #"["right lung"]"#)
    }
    let result = await output(
      "curate", try lines(0..<3), "--sizes", try sizes(3), "--json", "--judge",
      "http://127.0.0.1:\(server.port)", "--judge-model", "m", "--judge-jobs", "1", "--output",
      path("out"), "--choices", path("choices"))
    #expect(result.status == .done, "\(result.complaint)")
    #expect(try JSON(parsing: result.text)["refused_answers"]?.integer == 1)
    let categories = try Manifest.read(path: path("out")).compactMap(\.category)
    #expect(categories.filter { $0 == "right lung, left lung" }.count == 1)
    #expect(categories.filter { $0 == "right lung" }.count == 2)
    #expect(try bytes("choices").count { $0 == UInt8(ascii: "\n") } == 2)
  }

  @Test func `stops where everything is refused`() async throws {
    let server = try TestServer { _ in Self.response("400 No", "") }
    let result = await output(
      "curate", try lines(0..<2), "--sizes", try sizes(2), "--judge",
      "http://127.0.0.1:\(server.port)", "--judge-model", "m", "--output", path("out"))
    #expect(result.status == .failed && !exists("out"))
  }

  @Test(arguments: ["notes without a line feed", "{\"kex\":", "{\"key\":1}\n"])
  func `leaves a file alone that is no file of answers`(text: String) async throws {
    let server = try TestServer { _ in Self.response("200 OK", "[]") }
    let notes = try file("notes", text)
    let result = await output(
      "curate", try lines(0..<2), "--sizes", try sizes(2), "--judge",
      "http://127.0.0.1:\(server.port)", "--judge-model", "m", "--output", path("out"),
      "--choices", notes)
    #expect(result.status == .failed && result.complaint.contains("notes:1"))
    #expect(try bytes("notes") == Array(text.utf8) && server.requests.isEmpty)
  }
}

@Suite struct `A language model's choice of regions` {
  @Test(arguments: [
    (#"["left lung","spine"]"#, ["left lung", "spine"]),
    ("```json\n[\"left lung\"]\n```", ["left lung"]), ("[]", []), ("left lung", []), ("", []),
    ("[\"left lung\"", []), ("][", []), ("[1]", []), ("[\"a\", null]", []),
    (#"{"regions": ["a"]}"#, ["a"]),
  ])
  func `is a list of names`(answer: String, names: [String]) {
    #expect(CurateChooser.regions(in: answer) == names)
  }
}

extension FileHandle {
  /// Writes at the end of the file.
  fileprivate func append(_ text: String) throws {
    try seekToEnd()
    try write(contentsOf: Data(text.utf8))
    try close()
  }
}
