import Foundation
import JSON
import KafkaClient
import Reports
import TestKit
import Testing

@testable import grounded

@Suite final class `What RadFact measures` {
  private let folder: URL
  /// A grounded report with sentences of every status.
  private let message: String

  init() throws {
    folder = try Place.temporaryFolder()
    let example = "Topics/examples/grounded/valid/every_status.json"
    message = try Place.json(Place.repository.appending(path: example)).text
  }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private func file(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: folder.appending(path: name))
    return path(name)
  }

  @Test func `joins grounded messages by report`() async throws {
    let text = message + "\n"
    let (ours, theirs) = (try file("p", text), try file("t", "\n" + text))
    let result = await output(
      "evaluate", "radfact", "--judge", "rules", "--json", "--predictions", ours, "--targets",
      theirs)
    #expect(result.status == .done, "\(result.complaint)")
    let answer = try JSON(parsing: result.text)
    #expect(answer["num_samples"] == 1 && answer["logical_f1"] == 1.0)
    #expect(answer["spatial_precision"] == 1.0)
    let byStudy = await output(
      "evaluate", "radfact", "--judge", "rules", "--json", "--predictions", ours, "--targets",
      theirs, "--join-by", "study")
    #expect(byStudy.text == result.text, "\(byStudy.complaint)")
    for (other, complaint) in [
      ("", "is in the predictions, but not in the targets"),
      (text + text, "t:2: this report is there twice. Remove one of the lines"),
      ("{}\n", "t:1: missing_field"), ("[\n", "t:1: not_json"),
    ] {
      let targets = try file("t", other)
      let wrong = await output(
        "evaluate", "radfact", "--judge", "rules", "--predictions", ours, "--targets", targets)
      #expect(wrong.status == .failed && wrong.complaint.contains(complaint), "\(wrong.complaint)")
    }
  }

  @Test func `writes its input of what it is given, and needs no judge for that`() async throws {
    let ours = try file("p", message)
    let options = ["--predictions", ours, "--targets", ours, "--write", path("out.json")]
    let result = await output(["evaluate", "radfact", "--json"] + options)
    #expect(result.status == .done && result.text == "{\"written\":1}\n", "\(result.complaint)")
    let written = try #require(try Place.json(folder.appending(path: "out.json")).array?.first)
    let sentences = try #require(written["prediction"]?.array)
    #expect(sentences.map { $0["boxes"]?.array?.count } == [2, nil, nil, nil])
    #expect(sentences[1] == ["text": "No pneumothorax.", "boxes": nil])
    let direct = await output(
      ["evaluate", "radfact", "--judge", "rules", "--json"] + options.dropLast(2))
    let read = await output(
      "evaluate", "radfact", "--judge", "rules", "--json", path("out.json"))
    #expect(direct.text == read.text && direct.status == .done, "\(read.complaint)")
    let lost = await output(
      ["evaluate", "radfact", "--json"] + options.dropLast() + ["\(folder.path)/./p"])
    #expect(lost.status == .failed && lost.complaint.contains("would be overwritten"))
  }

  @Test func `reads a topic, and of a report the last grounding`() async throws {
    let late = message.replacing("2026-03-01T09", with: "2026-03-02T09")
      .replacing("No pneumothorax.", with: "Tall diaphragms.")
    let brokers = try MockBrokers(count: 1)
    try brokers.createTopic("reports.grounded", partitions: 2)
    var outbound = try Outbound(
      KafkaSettings([("bootstrap.servers", brokers.addresses)]), topic: "reports.grounded",
      complain: { _ in })
    for text in [late, message] {
      try outbound.send(
        EncodedMessage(key: [1], headers: [], value: Array(text.utf8)), ticket: 0)
    }
    try outbound.finish()
    let result = await output(
      "evaluate", "radfact", "--judge", "rules", "--json", "--bootstrap", "0", "--topic",
      "reports.grounded", "--targets", try file("t", message), "--write", path("out.json"),
      "--set", "kafka.bootstrap.servers=\(brokers.addresses)")
    #expect(result.status == .done, "\(result.complaint)")
    #expect(result.complaint.contains("topic reports.grounded: 1 groundings are of a report"))
    let written = try #require(try Place.json(folder.appending(path: "out.json")).array)
    #expect(written.count == 1)
    #expect(written[0]["prediction"]?.array?[1]["text"] == "Tall diaphragms.")
    #expect(written[0]["target"]?.array?[1]["text"] == "No pneumothorax.")
  }
}
