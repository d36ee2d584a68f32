import Foundation
import JSON
import KafkaClient
import Reports
import TestKit
import Testing

@testable import grounded

@Suite(.serialized) final class `What publish sends` {
  private let folder: URL

  init() throws { folder = try Place.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  private func file(_ lines: [String]) throws -> String {
    let file = folder.appending(path: "reports.jsonl")
    try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: file)
    return file.path
  }

  private func report(_ id: String, saying text: String = "Clear.") -> String {
    let value: JSON = [
      "report_id": .string(id), "images": [["uri": "file:///a.png"]],
      "sections": [["text": .string(text)]],
    ]
    return value.text
  }

  private func publish(
    _ lines: [String], to brokers: MockBrokers, _ settings: String...
  ) async throws -> Output {
    let all = ["kafka.bootstrap.servers=\(brokers.addresses)"] + settings
    return await output(["publish", "--json", try file(lines)] + all.flatMap { ["--set", $0] })
  }

  private func brokers() throws -> MockBrokers {
    let brokers = try MockBrokers(count: 1)
    try brokers.createTopic("reports.generated", partitions: 1)
    return brokers
  }

  @Test func `is counted`() async throws {
    let checked = await output(
      "publish", "--dry-run", "--json", try file([report("a"), "", report("b")]))
    #expect(checked.text == "{\"checked\":2,\"published\":0}\n")
    let sent = try await publish([report("a"), " ", report("b")], to: brokers())
    #expect(sent.text == "{\"checked\":2,\"published\":2}\n", "\(sent.complaint)")
  }

  @Test(arguments: ["maira2", "cxrmate"])
  func `is checked as the daemon does, and the line is named without its text`(
    format: String
  ) async throws {
    let secret = "Zyx9Qwv8Kjh7 "
    func line(_ id: String, _ text: String) -> String {
      let value: JSON = [
        "report_id": .string(id), "image": "file:///a.png", "text": .string(text),
        "findings": .string(text),
      ]
      return value.text
    }
    let wrong = [
      line(String(repeating: secret, count: 50), "Clear."),
      line("r", String(repeating: secret, count: 500)), line("r", " "),
      "{\"text\":\"\(secret)\"",
    ]
    for wrong in wrong {
      let result = await output(
        "publish", "--from", format, "--dry-run", try file([line("a", "Clear."), "", wrong]))
      #expect(result.status == .failed)
      #expect(result.text.isEmpty)
      #expect(result.complaint.hasPrefix("grounded publish: line 3: "), "\(result.complaint)")
      #expect(result.complaint.split(separator: "\n").count == 1)
      #expect(!result.complaint.contains("Zyx"))
    }
  }

  @Test func `comes from a file, not from a folder`() async {
    let result = await output("publish", "--dry-run", folder.path)
    #expect(result.complaint == "grounded publish: \(folder.path): Is a directory\n")
  }

  @Test func `may be as large as the daemon reads`() async throws {
    let text = String(repeating: "No change. ", count: 500)
    let large =
      "{\"pad\":\"\(String(repeating: "x", count: 1_500_000))\","
      + report("a", saying: text).dropFirst()
    let result = try await publish([large], to: brokers())
    #expect(result.status == .done, "\(result.complaint)")
  }

  @Test func `and is refused stands under its own line`() async throws {
    let brokers = try brokers()
    brokers.injectErrors(request: 0, codes: [0, 29])  // topic authorization failed
    let lines = [report("a"), "", report("b"), report("c")]
    let result = try await publish(
      lines, to: brokers, "kafka.batch.num.messages=1", "kafka.max.in.flight=1")
    #expect(result.status == .failed)
    #expect(result.text.isEmpty)
    #expect(
      result.complaint.hasPrefix("grounded publish: line 3 and 1 more: Kafka does not allow"),
      "\(result.complaint)")
  }

  @Test func `waits for brokers that are down, says so, and ends in time`() async throws {
    let brokers = try brokers()
    let addresses = brokers.addresses
    try brokers.stopBroker(nil)
    let start = ContinuousClock.now
    let result = try await publish([report("a")], to: brokers, "kafka.message.timeout.ms=5000")
    #expect(ContinuousClock.now - start < .seconds(15))
    #expect(result.status == .failed)
    let lines = result.complaint.split(separator: "\n")
    try #require(lines.count == 2)
    #expect(lines[0].hasPrefix("grounded publish: cannot reach \(addresses) ("), "\(lines)")
    #expect(lines[0].contains("; trying until 20"), "\(lines)")
    #expect(
      lines[1].hasPrefix("grounded publish: line 1: Kafka did not answer in time"), "\(lines)")
  }
}
