import Foundation
import JSON
import TestKit
import Testing

@testable import grounded

@Suite final class `RadFact` {
  private let folder: URL

  init() throws { folder = try Place.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private func file(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: folder.appending(path: name))
    return path(name)
  }

  /// Two reports: the first has two of three sentences right, the second says what nobody can read.
  private func reports() throws -> String {
    try file(
      "reports.json",
      """
      [{"example_id": "a", "prediction": [
          {"text": "Left effusion.", "boxes": [{"x_min": 0, "y_min": 0, "x_max": 0.4, "y_max": 1}]},
          {"text": "No pneumothorax.", "boxes": null}, {"text": "Rib fracture.", "boxes": null}],
        "target": [
          {"text": "Left effusion.", "boxes": [{"x_min": 0, "y_min": 0, "x_max": 0.5, "y_max": 1}]},
          {"text": "No pneumothorax.", "boxes": null}]},
       {"example_id": "b", "prediction": [{"text": "Gibberish.", "boxes": null}],
        "target": [{"text": "Large heart.", "boxes": null}]}]
      """)
  }

  private func judged(
    _ server: TestServer, _ options: [String], environment: [String: String] = [:]
  ) async -> Output {
    await output(
      ["evaluate", "radfact", "--judge", "http://127.0.0.1:\(server.port)/v1"]
        + ["--judge-model", "parrot", "--json"] + options, environment: environment)
  }

  @Test func `asks a language model, once for all runs`() async throws {
    let server = try parrot()
    let options = ["--verdicts", path("v"), try reports()]
    let first = await judged(server, options, environment: ["GROUNDED_JUDGE_KEY": "secret-1"])
    #expect(first.status == .done, "\(first.complaint)")
    let answer = try JSON(parsing: first.text)
    #expect(answer["judge"] == "parrot" && answer["num_samples"] == 2)
    #expect(answer["prompt"]?.string?.count == 64)
    #expect(abs(try #require(answer["logical_precision"]?.number as Double?) - 1.0 / 3) < 1e-12)
    #expect(answer["logical_recall"] == 0.5 && answer["logical_f1"] == 0.4)
    #expect(answer["spatial_precision"] == 1.0 && answer["grounding_f1"] == 1.0)
    #expect(answer["num_candidate_phrases"] == 2.0)
    #expect(answer["num_reference_phrases_with_boxes"] == 0.5)
    #expect(answer["num_llm_failures"] == 1 && answer["num_llm_success"] == 6)
    #expect(answer["num_llm_phrase_rewrites"] == 0)
    #expect(answer["num_invalid_processed_samples"] == 0)
    #expect(answer["bootstrap"]?["draws"] == 500)
    #expect(server.requests.count == 7)
    #expect(server.requests.allSatisfy { $0.headers["authorization"] == "Bearer secret-1" })
    #expect(!first.complaint.contains("secret") && !first.text.contains("secret"))
    let kept = try String(contentsOfFile: path("v"), encoding: .utf8)
    #expect(kept.split(separator: "\n").count == 7 && !kept.contains("secret"))
    let again = await judged(server, options + ["--offline"])
    #expect(again.text == first.text && server.requests.count == 7, "\(again.complaint)")
  }

  @Test func `asks for what a stopped run left, and for another prompt`() async throws {
    let server = try parrot()
    let options = ["--verdicts", path("v"), try reports()]
    let first = await judged(server, options)
    let bytes = try Place.bytes(folder.appending(path: "v"))
    try Data(bytes.dropLast(20)).write(to: folder.appending(path: "v"))
    let missing = await judged(server, options + ["--offline"])
    #expect(missing.status == .failed && missing.complaint.contains("1 verdicts are missing"))
    let again = await judged(server, options)
    #expect(again.text == first.text && server.requests.count == 8)
    let prompt = try file("prompt.json", #"{"system": "Judge, and say why."}"#)
    let other = await judged(server, options + ["--prompt", prompt])
    #expect(other.status == .done && server.requests.count == 15, "\(other.complaint)")
  }

  @Test func `leaves a file of others as it is`() async throws {
    let server = try parrot()
    let verdicts = try file("v", "{\"a\": 1}\n")
    let result = await judged(server, ["--verdicts", verdicts, try reports()])
    #expect(result.status == .failed && result.complaint.contains("line 1 is no verdict"))
    #expect(try String(contentsOfFile: verdicts, encoding: .utf8) == "{\"a\": 1}\n")
    #expect(server.requests.isEmpty)
  }

  @Test func `changes no file while it asks nothing`() async throws {
    let server = try parrot()
    let input = try reports()
    let options = ["--verdicts", path("v"), input]
    _ = await judged(server, options)
    let unfinished = try Place.bytes(folder.appending(path: "v")).dropLast(20)
    try Data(unfinished).write(to: folder.appending(path: "v"))
    let missing = await judged(server, options + ["--offline"])
    #expect(missing.status == .failed && missing.complaint.contains("1 verdicts are missing"))
    #expect(try Place.bytes(folder.appending(path: "v")) == Array(unfinished))
    let absent = await judged(server, ["--verdicts", path("w"), input, "--offline"])
    #expect(absent.status == .failed && absent.complaint.contains("w cannot be read"))
    let wrong = await judged(server, ["--verdicts", path("w"), path("none.json")])
    #expect(wrong.status == .failed)
    #expect(!FileManager.default.fileExists(atPath: path("w")))
  }

  @Test func `counts a question that the judge refuses, and keeps that`() async throws {
    let server = try parrot()
    let sentence = #"{"text": "Endless.", "boxes": null}"#
    let input = try file(
      "long.json",
      """
      [{"example_id": "a", "prediction": [\(sentence)], "target": [\(sentence)]},
       {"example_id": "b", "prediction": [{"text": "Clear.", "boxes": null}], "target": \
      [{"text": "Clear.", "boxes": null}]}]
      """)
    let options = ["--judge-jobs", "1", "--verdicts", path("v"), input]
    let first = await judged(server, options)
    #expect(first.status == .done, "\(first.complaint)")
    let answer = try JSON(parsing: first.text)
    #expect(answer["num_llm_failures"] == 2 && answer["logical_f1"] == 0.5)
    let again = await judged(server, options + ["--offline"])
    #expect(again.text == first.text, "\(again.complaint)")
    let alone = try file(
      "alone.json",
      #"[{"example_id": "a", "prediction": [\#(sentence)], "target": [\#(sentence)]}]"#)
    let refused = await judged(server, [alone])
    #expect(refused.status == .failed && refused.complaint.contains("--judge-tokens 0"))
  }

  @Test func `takes its key from a file`() async throws {
    let server = try parrot()
    let input = try reports()
    let key = try file("judge.key", "secret-2\n")
    let other = ["GROUNDED_JUDGE_KEY": "secret-1"]
    _ = await judged(server, ["--judge-key-file", key, input], environment: other)
    _ = await judged(
      server, [input],
      environment: other.merging(["CREDENTIALS_DIRECTORY": folder.path]) { $1 })
    #expect(server.requests.count == 14)
    #expect(server.requests.allSatisfy { $0.headers["authorization"] == "Bearer secret-2" })
  }

  @Test func `ends with what the judge refuses`() async throws {
    let server = try TestServer { _ in TestServer.answer(401) }
    let result = await judged(server, [try reports()])
    #expect(result.status == .failed && result.text.isEmpty)
    #expect(result.complaint.contains("GROUNDED_JUDGE_KEY"))
  }

  @Test func `has a key that is no setting of the daemon`() async {
    let result = await output("config", environment: ["GROUNDED_JUDGE_KEY": "secret-1"])
    #expect(result.status == .done && !result.text.contains("secret-1"), "\(result.complaint)")
  }

  @Test func `says that rules are not its judge`() async throws {
    let path = try reports()
    let table = await output("evaluate", "radfact", "--judge", "rules", path)
    #expect(table.status == .done, "\(table.complaint)")
    #expect(table.text.contains("judged by rules (not RadFact's judge)"))
    #expect(table.text.contains("  logical         33.3    50.0   40.0"), "\(table.text)")
    let json = await output(
      "evaluate", "radfact", "--judge", "rules", "--bootstrap", "0", "--json", path)
    let answer = try JSON(parsing: json.text)
    #expect(answer["judge"] == "rules (not RadFact's judge)")
    #expect(answer["bootstrap"]?.isNull == true && answer["num_llm_success"]?.isNull == true)
  }

  @Test func `splits narrative texts`() async throws {
    let path = try file(
      "texts.CSV",
      "example_id,prediction,target\n"
        + "a,\"FINDINGS: Left effusion. No pneumothorax.\",\"No pneumothorax. Large heart.\"\n"
        + "b,,Clear.\n")
    let result = await output("evaluate", "radfact", "--judge", "rules", "--json", path)
    #expect(result.status == .done, "\(result.complaint)")
    let answer = try JSON(parsing: result.text)
    #expect(answer["num_samples"] == 2 && answer["num_candidate_phrases"] == 1.0)
    #expect(answer["logical_precision"] == 0.5 && answer["logical_recall"] == 0.25)
    #expect(answer["spatial_f1"]?.isNull == true)
  }

  @Test func `says which option it misses`() async throws {
    let path = try reports()
    for (words, complaint) in [
      ([path], "--judge is needed"), (["--judge", "rules"], "FILE is needed"),
      (["--judge", "http://a/v1", path], "--judge-model is needed"),
      (["--judge", "rules", "--judge-model", "m", path], "--judge=rules is not a URL"),
      (["--verdicts", "v", path], "--verdicts means nothing without --judge"),
      (["--judge", "http://a", "--judge-model", "m", "--offline", path], "--verdicts is needed"),
      (["--judge", "rules", "--predictions", path], "--targets is needed"),
      (
        ["--judge", "rules", "--predictions", path, "--campaign", "v2"],
        "--predictions and --campaign"
      ),
      (
        ["--judge", "rules", "--predictions", path, "--targets", path, "--target-topic", "t"],
        "--targets and --target-topic"
      ),
      (["--judge", "rules", "--targets", path, path], "is more than this command takes"),
      (["--judge", "rules", "--bootstrap", "-1", path], "--bootstrap=-1 is not"),
    ] {
      let result = await output(["evaluate", "radfact"] + words)
      #expect(result.status == .wrongUsage, "\(words)")
      #expect(result.complaint.contains(complaint), "\(result.complaint)")
    }
    let address = await output(
      "evaluate", "radfact", "--judge", "llama", "--judge-model", "m", path)
    #expect(address.status == .failed && address.complaint.contains("has no scheme"))
  }

  @Test func `names the file of what is wrong`() async throws {
    for text in [
      "", "[", "{}", "[1]", #"[{"example_id":"a","prediction":[],"target":[{"text":1}]}]"#,
      #"[{"example_id":"a","prediction":[{"text":"b","boxes":[]}],"target":[]}]"#,
    ] {
      let path = try file("bad.json", text)
      let result = await output("evaluate", "radfact", "--judge", "rules", path)
      #expect(result.status == .failed && result.complaint.contains("bad.json"), "\(text)")
    }
    let none = await output(
      "evaluate", "radfact", "--judge", "rules", try file("empty.json", "[]"))
    #expect(none.status == .failed && none.complaint.contains("no reports"))
  }
}
