import Foundation
import Images
import JSON
import TestKit
import Testing

@testable import grounded

@Suite final class `Composition of a generator and the network` {
  private let folder: URL

  /// A film of 64 × 96 pixels, and a small network with random weights.
  init() throws {
    folder = try Place.temporaryFolder()
    try SmallModel.write(seed: 3, to: folder.appending(path: "w.safetensors"))
    try SmallModel.writeTokenizer(to: folder.appending(path: "tokenizer.json"))
    let film = Picture(
      width: 64, height: 96, channels: 1,
      samples: .eight((0..<64 * 96).map { UInt8($0 % 251) }))
    try Data(PNG.encode(film)).write(to: folder.appending(path: "film.png"))
  }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private func file(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: folder.appending(path: name))
    return path(name)
  }

  /// At a threshold that random weights reach.
  private func composed(_ options: [String]) async -> Output {
    await output(
      [
        "compose", "--set", "grounder.weights=\(path("w.safetensors"))", "--set",
        "grounder.tokenizer=\(path("tokenizer.json"))", "--set", "grounder.threshold=0.3",
        "--set", "grounder.threads=1", "--output", path("ours.json"),
      ] + options)
  }

  private let lines = """
    {"study_id":"a","image":"film.png","generator":"maira-2","text":"<obj>Left basal opacity. \
    <box><x55><y45><x70><y56></box></obj> <obj>No pneumothorax.</obj>"}

    {"study_id":"b","image":"film.png","generator":"cxrmate-rrg24","findings":"FINDINGS: Large \
    heart. Clear lungs.","impression":"[NI]"}
    {"study_id":"c","image":"film.png","generator":"maira-2","text":"<obj>Effusion. <box><x10>"}
    {"study_id":"d","image":"film.png","generator":"cxrmate-rrg24","findings":"[NF]","impression":""}
    """

  private let targets = """
    [{"example_id":"a","prediction":[],"target":[{"text":"Left basal opacity.","boxes":
      [{"x_min":0.5,"y_min":0.4,"x_max":0.8,"y_max":0.6}]}]},
     {"example_id":"b","prediction":[],"target":[{"text":"Heart is large.","boxes":null}]},
     {"example_id":"c","prediction":[],"target":[]},
     {"example_id":"d","prediction":[],"target":[{"text":"Clear lungs.","boxes":null}]},
     {"example_id":"e","target":[{"text":"Clear lungs.","boxes":null}]}]
    """

  @Test func `writes RadFact's input, measured beside the generator's own`() async throws {
    let result = await composed([
      "--targets", try file("targets.json", targets), "--rival", path("rival.json"), "--judge",
      "rules", "--bootstrap", "0", "--json", try file("reports.jsonl", lines),
    ])
    #expect(result.status == .done, "\(result.complaint)")
    #expect(result.complaint.contains("untrained"))
    #expect(result.complaint.contains("1 of 5 references have no report"))
    let answer = try JSON(parsing: result.text)
    #expect(answer["reports"] == 4 && answer["composition"]?["sentences"] == 5)
    #expect(answer["references_without_report"] == 1)
    #expect(answer["composition"]?["with_tags"] == 2)
    #expect(answer["composition"]?["malformed"] == 1 && answer["composition"]?["silent"] == 1)
    #expect(answer["composition"]?["with_generator_boxes"] == 1)
    let ours = try #require(try Place.json(URL(filePath: path("ours.json"))).array)
    let own = try #require(try Place.json(URL(filePath: path("rival.json"))).array)
    #expect(ours.map { $0["example_id"]?.string } == ["a", "b", "c", "d"])
    let texts = try ours.map { report in
      try #require(report["prediction"]?.array).map { $0["text"]?.string }
    }
    #expect(
      texts == [
        ["Left basal opacity.", "No pneumothorax."], ["Large heart.", "Clear lungs."],
        ["Effusion."], [],
      ])
    let boxes = try #require(own[0]["prediction"]?.array?[0]["boxes"]?.array)
    #expect(boxes.count == 1 && boxes[0]["x_min"] == 0.546875 && boxes[0]["y_min"] == 0.46875)
    #expect(boxes[0]["x_max"] == 0.703125 && boxes[0]["y_max"] == JSON.number(Double(52) / 96))
    #expect(own[0]["prediction"]?.array?[1]["boxes"]?.isNull == true)
    #expect(own.map { $0["example_id"]?.string } == ["a", "c"])
    #expect(own[0]["target"]?.array?.count == 1)
    let rival = try #require(answer["rival"])
    #expect(rival["spatial_precision"] == 1.0 && rival["num_samples"] == 2)
    let beside = try #require(answer["radfact_beside_rival"])
    #expect(beside["num_samples"] == 2 && beside["logical_recall"] == rival["logical_recall"])
    let alone = await output(
      "evaluate", "radfact", "--judge", "rules", "--bootstrap", "0", "--json", path("ours.json"))
    #expect(try JSON(parsing: alone.text) == answer["radfact"], "\(alone.complaint)")
  }

  @Test func `asks a language model each question once, for both reports`() async throws {
    let server = try parrot()
    let options = [
      "--targets", try file("targets.json", targets), "--rival", path("rival.json"), "--judge",
      "http://127.0.0.1:\(server.port)/v1", "--judge-model", "parrot", "--bootstrap", "0", "--json",
      try file("reports.jsonl", lines),
    ]
    let first = await composed(options)
    #expect(first.status == .done, "\(first.complaint)")
    // a: 2 + 1; b: 2 + 1; against the empty reference of c and the empty report of d there are none.
    #expect(server.requests.count == 6)
    let answer = try JSON(parsing: first.text)
    #expect(answer["radfact"]?["num_llm_success"] == 6)
    #expect(answer["rival"]?["num_llm_success"] == 3)
    let kept = await composed(["--verdicts", path("v")] + options)
    #expect(kept.text == first.text && server.requests.count == 12, "\(kept.complaint)")
    let again = await composed(["--verdicts", path("v"), "--offline"] + options)
    #expect(again.text == first.text && server.requests.count == 12, "\(again.complaint)")
  }

  @Test func `keeps the rival's boxes on a landscape film, those without an area too`()
    async throws
  {
    let film = Picture(
      width: 96, height: 64, channels: 1,
      samples: .eight((0..<96 * 64).map { UInt8($0 % 251) }))
    try Data(PNG.encode(film)).write(to: folder.appending(path: "wide.png"))
    let line = """
      {"study_id":"a","image":"wide.png","generator":"maira-2","text":"<obj>Left basal opacity. \
      <box><x55><y45><x70><y56></box></obj><obj>Left basal opacity. \
      <box><x55><y45><x55><y56></box></obj>"}
      {"study_id":"b","image":"wide.png","generator":"maira-2","text":"<obj></obj>"}
      """
    let targets = """
      [{"example_id":"a","target":[{"text":"Left basal opacity.","boxes":
        [{"x_min":0.5,"y_min":0.4,"x_max":0.8,"y_max":0.6}]}]},{"example_id":"b","target":[]}]
      """
    let result = await composed([
      "--targets", try file("targets.json", targets), "--rival", path("rival.json"), "--judge",
      "rules", "--bootstrap", "0", "--json", try file("reports.jsonl", line),
    ])
    #expect(result.status == .done, "\(result.complaint)")
    let answer = try JSON(parsing: result.text)
    #expect(answer["composition"]?["with_generator_boxes"] == 2)
    #expect(answer["composition"]?["malformed"] == 0 && answer["composition"]?["silent"] == 1)
    let own = try Place.json(URL(filePath: path("rival.json"))).array?[0]["prediction"]?.array
    let boxes = try #require(own).map { $0["boxes"]?.array?.first }
    #expect(boxes[0]?["x_min"] == 0.53125 && boxes[0]?["x_max"] == JSON.number(Double(61) / 96))
    #expect(boxes[0]?["y_min"] == 0.453125 && boxes[0]?["y_max"] == 0.5625)
    #expect(boxes[1]?["x_min"] == 0.53125 && boxes[1]?["x_max"] == 0.53125)
    // One of two sentences with boxes; the other's cover no pixel.
    #expect(answer["rival"]?["spatial_precision"] == 0.5)
    #expect(answer["rival"]?["num_candidate_phrases_with_boxes"] == 1.0)
  }

  @Test func `refuses before its work what it would lose`() async throws {
    let input = try file("reports.jsonl", lines)
    for (options, complaint) in [
      (["--rival", path("ours.json")], "ours.json would be overwritten"),
      (["--rival", "\(folder.path)/./reports.jsonl"], "reports.jsonl would be overwritten"),
      (["--targets", path("ours.json")], "ours.json would be overwritten"),
    ] {
      let result = await composed(options + [input])
      #expect(result.status == .failed && result.complaint.contains(complaint), "\(options)")
    }
    let plain = #"{"study_id":"z","image":"film.png","generator":"maira-2","text":"Clear."}"#
    let none = await composed(["--rival", path("r"), try file("plain.jsonl", plain)])
    #expect(none.status == .failed && none.complaint.contains("Leave --rival out"))
    try Data([1, 2]).write(to: folder.appending(path: "bad.png"))
    let last = plain.replacing("film", with: "bad").replacing("z", with: "y")
    let unread = await composed([try file("two.jsonl", plain + "\n" + last)])
    #expect(unread.status == .failed && unread.complaint.contains("two.jsonl:2: “y”"))
    #expect(!unread.complaint.contains("untrained"), "the network was loaded")
    #expect(!FileManager.default.fileExists(atPath: path("ours.json")))
  }

  @Test func `gives the boxes that the ground command finds`() async throws {
    let made = await composed([try file("reports.jsonl", lines)])
    #expect(made.status == .done, "\(made.complaint)")
    #expect(made.text.contains("1 reports have tags that do not fit"))
    let ground = await output(
      "ground", "--image", path("film.png"), "--text", "Large heart. Clear lungs.", "--json",
      "--set", "grounder.weights=\(path("w.safetensors"))", "--set",
      "grounder.tokenizer=\(path("tokenizer.json"))", "--set", "grounder.threshold=0.3",
      "--set", "grounder.threads=1")
    let found = try #require(try JSON(parsing: ground.text)["sentences"]?.array)
    let ours = try Place.json(URL(filePath: path("ours.json"))).array?[1]["prediction"]?.array
    #expect(found.count == 2 && ours?.count == 2)
    for (sentence, mine) in zip(found, ours ?? []) {
      let regions = try #require(sentence["regions"]?.array)
      #expect(mine["boxes"]?.array?.count ?? 0 == regions.count)
      #expect(mine["boxes"]?.array ?? [] == regions.compactMap { $0["box"] })
    }
  }

  @Test func `names the line or the study of what is wrong`() async throws {
    let targets = try file("targets.json", targets)
    let line = #"{"study_id":"z","image":"film.png","generator":"maira-2","text":"Clear."}"#
    for (text, complaint) in [
      ("", "has no reports"), ("\n[]", "reports.jsonl:2: “study_id”"), ("{", "not JSON"),
      (line + "\n" + line, "reports.jsonl:2: the study “z” stands on an earlier line"),
      (line.replacing("maira-2", with: "gpt"), "neither maira-2 nor cxrmate-rrg24"),
      (line.replacing("\"Clear.\"", with: "7"), "“z”"), (line, "targets.json has no “z”"),
    ] {
      let path = try file("reports.jsonl", text)
      let result = await composed(["--targets", targets, path])
      #expect(result.status == .failed && result.complaint.contains(complaint), "\(text)")
    }
    let image = try file("reports.jsonl", line.replacing("film.png", with: "none.png"))
    let absent = await composed([image])
    #expect(absent.status == .failed && absent.complaint.contains("“z”: \(path("none.png"))"))
    let judged = await composed(["--judge", "rules", image])
    #expect(judged.status == .wrongUsage && judged.complaint.contains("without --targets"))
  }
}
