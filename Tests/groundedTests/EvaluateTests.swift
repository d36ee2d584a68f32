import Foundation
import JSON
import TestKit
import Testing

@testable import grounded

@Suite final class `Evaluation` {
  private let folder: URL

  init() throws { folder = try Place.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  private func file(_ name: String, _ text: String) throws -> String {
    let file = folder.appending(path: name)
    try Data(text.utf8).write(to: file)
    return file.path
  }

  /// The reference's cases as two files, and its numbers for all of them.
  private func vectors() throws -> (truth: String, predictions: String, expected: JSON) {
    let vectors = try Place.json(Place.golden("EvaluationTests", "metric_vectors.json"))
    var (truth, predictions) = ("", "")
    for vector in try #require(vectors["cases"]?.array) {
      let boxes = try #require(vector["pred"])
      let id = try #require(vector["id"])
      let scores = JSON.array((boxes.array ?? []).map { _ in 0.9 })
      truth += JSON.object([.init("id", id), .init("boxes", vector["gt"] ?? [])]).text + "\n"
      predictions +=
        JSON.object([.init("id", id), .init("boxes", boxes), .init("scores", scores)]).text + "\n"
    }
    return (
      try file("truth.jsonl", truth), try file("predictions.jsonl", predictions),
      try #require(vectors["dataset"]?["all"])
    )
  }

  @Test func `gives the reference's numbers as JSON`() async throws {
    let (truth, predictions, expected) = try vectors()
    let result = await output(
      "evaluate", "--truth", truth, "--predictions", predictions, "--json")
    #expect(result.status == .done, "\(result.complaint)")
    let answer = try JSON(parsing: result.text)
    #expect(answer["phrases"]?.integer == 240)
    for group in try #require(expected.members) {
      for member in try #require(group.value.members) {
        let mine = try #require(answer["groups"]?[group.name]?[member.name])
        guard let number = member.value.number else {
          #expect(mine.isNull)
          continue
        }
        #expect(abs(try #require(mine.number as Double?) - number) <= 1e-6, "\(member.name)")
      }
    }
  }

  @Test func `prints tables in every format, with intervals that a seed repeats`() async throws {
    let (truth, predictions, _) = try vectors()
    let words = ["evaluate", "--truth", truth, "--predictions", predictions, "--bootstrap", "20"]
    for (format, sign) in [("table", "  model"), ("markdown", "| model |"), ("latex", "model &")] {
      let result = await output(words + ["--format", format])
      #expect(result.status == .done && result.text.contains(sign), "\(result.text)")
      #expect(result.text.contains("69.7"))
      let again = await output(words + ["--format", format])
      #expect(again.text == result.text)
    }
    let json = await output(words + ["--format", "json"])
    let intervals = try JSON(parsing: json.text)["intervals"]
    #expect(intervals?["groups"]?["overall"]?["p_f1"]?.array?.count == 2)
  }

  @Test func `finds identical files equal`() async throws {
    let (truth, predictions, _) = try vectors()
    let result = await output(
      "evaluate", "--truth", truth, "--predictions", predictions, "--against", predictions,
      "--bootstrap", "10", "--json")
    let groups = try #require(try JSON(parsing: result.text)["comparison"]?["groups"])
    for metric in ["p_f1", "ch_f1_region", "miou_macro", "mask_acc"] {
      #expect(groups["overall"]?[metric]?["p"]?.number == 1)
      #expect(groups["overall"]?[metric]?["difference"]?.number == 0)
    }
  }

  @Test func `fuses as it is told, and writes what came of it`() async throws {
    let truth = try file("t", #"{"id":"a","boxes":[[0.1,0.1,0.5,0.5]],"category":"Edema"}"#)
    let predictions = try file(
      "p",
      #"{"id":"a","boxes":[[0.1,0.1,0.5,0.5],[0.1,0.1,0.5,0.5],[0,0,1,1]],"scores":[0.9,0.8,0.7]}"#)
    let fused = folder.appending(path: "fused").path
    for (options, scores) in [
      ([], [0.9, 0.8, 0.7]), (["--confidence-threshold", "0.8"], [0.85]),
      (["--confidence-threshold", "0.8", "--no-fusion"], [0.9, 0.8]),
      (["--fusion-iou", "0.5"], [0.85, 0.7]), (["--fusion-iou", "1"], [0.9, 0.8, 0.7]),
    ] {
      let result = await output(
        ["evaluate", "--truth", truth, "--predictions", predictions, "--write-fused", fused]
          + options)
      #expect(result.status == .done, "\(result.complaint)")
      let line = try #require(try Place.jsonLines(URL(filePath: fused)).first)
      let found = try #require(line["scores"]?.array).compactMap(\.number)
      #expect(found.count == scores.count && line["boxes"]?.array?.count == scores.count)
      for (mine, truth) in zip(found, scores) { #expect(abs(mine - truth) < 1e-6) }
    }
  }

  @Test func `sweeps, and draws a page without outside references`() async throws {
    let (truth, predictions, _) = try vectors()
    let page = folder.appending(path: "out.html")
    let result = await output(
      "evaluate", "--truth", truth, "--predictions", predictions, "--report", page.path, "--json")
    #expect(result.status == .done, "\(result.complaint)")
    let answer = try JSON(parsing: result.text)
    #expect(answer["sweep"]?["points"]?.array?.count == 114)
    #expect(answer["sweep"]?["best"]?["groups"]?["overall"]?["ch_f1_region"]?.number != nil)
    #expect(answer["calibration"]?.array?.count == 2)
    let html = try String(contentsOf: page, encoding: .utf8)
    #expect(html.components(separatedBy: "<svg ").count == 4)
    #expect(html.components(separatedBy: "<table>").count == 5)
    #expect(!html.contains("src=") && !html.contains("href="))
  }

  @Test func `names the file and the line of what is wrong`() async throws {
    let truth = try file("t", "{\"id\":\"a\",\"boxes\":[]}\n\n{\"id\":\"b\",\"boxes\":[]}\n")
    let good = #"{"id":"a","boxes":[],"scores":[]}"# + "\n"
    let long = String(repeating: " ", count: 2 << 20)
    for (lines, place) in [
      (good, "p has no line for “b” (\(truth):3)"), ("", "p has no line for “a” (\(truth):1)"),
      (good + good, "p:2: “a” stands on line 1 already"),
      (good + #"{"id":"c","boxes":[],"scores":[]}"#, "p:2: “c” is not in the truth"),
      (good + #"{"id":"b","boxes":[]}"#, "p:2: 0 boxes have no “scores”"),
      (good + #"{"id":"b","boxes":[[0,0,1,1]],"scores":[1,1]}"#, "p:2: 1 boxes have 2 scores"),
      (good + #"{"id":"b","boxes":[[0,0,1,NaN]],"scores":[1]}"#, "p:2: not JSON"),
      (good + #"{"id":"b","boxes":[[1,0,0,1]],"scores":[1]}"#, "p:2: box 0 is reversed"),
      (good + #"{"id":"b","boxes":[[0,0,2,1]],"scores":[1]}"#, "p:2: box 0 reaches out"),
      (good + long, "p:2 has more than 1048576 bytes"),
    ] {
      let path = try file("p", lines)
      let result = await output("evaluate", "--truth", truth, "--predictions", path)
      #expect(result.status == .failed && result.text.isEmpty)
      #expect(result.complaint.contains("/\(place)"), "\(result.complaint)")
      #expect(result.complaint.split(separator: "\n").count == 1)
    }
    for (lines, place) in [
      ("", "t has no phrases"), ("\n \n", "t has no phrases"),
      (#"{"id":"a","boxes":[]}"# + "\n" + #"{"id":"a","boxes":[]}"#, "t:2: “a” stands on line 1"),
    ] {
      let result = await output(
        "evaluate", "--truth", try file("t", lines), "--predictions", "/dev/null")
      #expect(result.status == .failed && result.complaint.contains("/\(place)"))
    }
  }

  @Test func `refuses options that contradict each other`() async {
    let words = ["evaluate", "--truth", "t", "--predictions", "p"]
    for options in [
      ["--json", "--format", "table"], ["--no-fusion", "--fusion-iou", "0.1"],
      ["--format", "word"], ["--bootstrap", "0"], ["--confidence-threshold", "nan"],
      ["--fusion-iou", "2"],
    ] {
      let result = await output(words + options)
      #expect(result.status == .wrongUsage && result.complaint.split(separator: "\n").count == 1)
    }
  }
}
