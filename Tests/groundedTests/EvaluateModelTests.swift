import Datasets
import Foundation
import GroundingModel
import JSON
import Tensors
import TestKit
import Testing

@testable import grounded

@Suite final class `Evaluation of a network` {
  private let folder: URL
  private let data, weights, tokenizer: String

  /// Three drawn films with their sentences, and a small network with random weights.
  init() async throws {
    folder = try Place.temporaryFolder()
    data = folder.appending(path: "data/train.jsonl").path
    weights = folder.appending(path: "w.safetensors").path
    tokenizer = folder.appending(path: "tokenizer.json").path
    try SmallModel.write(seed: 3, to: URL(filePath: weights))
    try SmallModel.writeTokenizer(to: URL(filePath: tokenizer))
    let made = await output(
      "phantom", "--output", folder.appending(path: "data").path, "--images", "3", "--side", "64",
      "--split-shares", "1,0")
    #expect(made.status == .done, "\(made.complaint)")
  }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  /// At a threshold that random weights reach.
  private func evaluated(_ options: String..., weights other: String? = nil) async -> Output {
    await output(
      [
        "evaluate", "--model", other ?? weights, "--tokenizer", tokenizer, "--data", data,
        "--confidence-threshold", "0.3", "--threads", "1",
      ] + options)
  }

  private func bytes(_ path: String) throws -> [UInt8] { try Place.bytes(URL(filePath: path)) }

  @Test func `is that of the files that it writes`() async throws {
    let own = await evaluated(
      "--json", "--write-truth", path("t"), "--write-fused", path("f"), "--write-predictions",
      path("raw"))
    #expect(own.status == .done, "\(own.complaint)")
    #expect(own.complaint.contains("untrained"))
    let files = await output(
      "evaluate", "--truth", path("t"), "--predictions", path("f"), "--json")
    let (mine, theirs) = (try JSON(parsing: own.text), try JSON(parsing: files.text))
    #expect(mine["groups"] == theirs["groups"] && mine["categories"] == theirs["categories"])
    #expect(theirs["model"]?.isNull == true && mine["model"]?["images"]?.integer == 3)
    let fused = try Place.jsonLines(URL(filePath: path("f")))
    #expect(fused.contains { $0["boxes"]?.array?.isEmpty == false })
    let raw = try Place.jsonLines(URL(filePath: path("raw")))
    #expect(raw.count == (try Manifest.read(path: data)).count)
    for (all, final) in zip(raw, fused) {
      #expect((all["boxes"]?.array?.count ?? 0) >= (final["boxes"]?.array?.count ?? 0))
    }
  }

  @Test func `is of the daemon's boxes`() async throws {
    let own = await evaluated("--write-fused", path("f"))
    #expect(own.status == .done, "\(own.complaint)")
    let entries = try Manifest.read(path: data)
    for (entry, line) in zip(entries, try Place.jsonLines(URL(filePath: path("f")))).prefix(4) {
      let ground = await output(
        "ground", "--image", entry.imagePath(manifest: data), "--text", entry.sentence, "--json",
        "--set", "grounder.weights=\(weights)", "--set", "grounder.tokenizer=\(tokenizer)",
        "--set", "grounder.threshold=0.3", "--set", "grounder.threads=1")
      #expect(ground.status == .done, "\(ground.complaint)")
      let sentences = try #require(try JSON(parsing: ground.text)["sentences"]?.array)
      guard sentences.count == 1, sentences[0]["text"]?.string == entry.sentence else { continue }
      let regions = try #require(sentences[0]["regions"]?.array)
      let scores = try #require(line["scores"]?.array).compactMap(\.number)
      #expect(regions.count == scores.count)
      for (region, score) in zip(regions, scores) {
        #expect(abs((region["confidence"]?.number ?? 0) - score) < 1e-5)
      }
    }
  }

  @Test func `goes on from a cache that was cut, and asks for nothing that is in it`() async throws
  {
    let cache = path("cache")
    let first = await evaluated("--json", "--cache", cache)
    #expect(first.status == .done, "\(first.complaint)")
    let whole = try bytes(cache)
    let lineEnd = try #require(whole.firstIndex(of: UInt8(ascii: "\n")))
    for count in [0, 10, lineEnd, lineEnd + 1, lineEnd + 40, whole.count - 1, whole.count] {
      try Data(whole[..<count]).write(to: URL(filePath: cache))
      let again = await evaluated("--json", "--cache", cache)
      #expect(again.text == first.text, "\(count) bytes: \(again.complaint)")
      #expect(try bytes(cache) == whole)
    }
    try FileManager.default.removeItem(at: folder.appending(path: "data/images"))
    let blind = await evaluated("--json", "--cache", cache)
    #expect(blind.text == first.text, "\(blind.complaint)")
    try Data(whole[..<(whole.count - 1)]).write(to: URL(filePath: cache))
    let asks = await evaluated("--json", "--cache", cache)
    #expect(asks.status == .failed && asks.complaint.contains("is absent"))
  }

  @Test func `refuses the cache of others, and leaves it as it is`() async throws {
    let cache = path("cache")
    _ = await evaluated("--cache", cache)
    let whole = try bytes(cache)
    let other = path("other.safetensors")
    try SmallModel.write(seed: 4, to: URL(filePath: other))
    let result = await evaluated("--cache", cache, weights: other)
    #expect(result.status == .failed && result.complaint.contains("outputs for other weights"))
    #expect(try bytes(cache) == whole)
    for text in ["mine", "mine\n", "{\"a\": 1}\n{}\n"] {
      try Data(text.utf8).write(to: URL(filePath: cache))
      let foreign = await evaluated("--cache", cache)
      #expect(foreign.status == .failed && foreign.complaint.contains("is no cache of outputs"))
      #expect(try bytes(cache) == Array(text.utf8))
    }
    try Data(whole + Array("{}\n".utf8)).write(to: URL(filePath: cache))
    let damaged = await evaluated("--cache", cache)
    #expect(damaged.status == .failed && damaged.complaint.contains("is damaged"))
  }

  @Test func `names an image that is missing or of another size`() async throws {
    let entries = try Manifest.read(path: data)
    let last = try #require(entries.last)
    let file = URL(filePath: last.imagePath(manifest: data))
    let bytes = try Data(contentsOf: file)
    try FileManager.default.removeItem(at: file)
    let absent = await evaluated()
    #expect(absent.status == .failed && absent.text.isEmpty)
    #expect(absent.complaint.contains(last.image) && absent.complaint.contains("is absent"))
    try bytes.write(to: file)
    var json = try #require(last.json.members)
    json[try #require(json.firstIndex { $0.name == "width" })].value = 6_400
    json[try #require(json.firstIndex { $0.name == "id" })].value = "other"
    let manifest = folder.appending(path: "data/other.jsonl")
    try Data(JSON.object(json).bytes).write(to: manifest)
    let wrong = await output(
      "evaluate", "--model", weights, "--tokenizer", tokenizer, "--data", manifest.path)
    #expect(wrong.status == .failed && wrong.complaint.contains("its manifest says 6400×"))
    #expect(wrong.complaint.contains("“other”"))
  }

  @Test func `says what another precision changes`() async throws {
    let same = await evaluated(
      "--json", "--changes-against", "f32", "--precision", "auto", "--bootstrap", "10")
    #expect(same.status == .done, "\(same.complaint)")
    let answer = try JSON(parsing: same.text)
    #expect(answer["changes"]?["changed"]?.integer == 0)
    #expect(answer["changes"]?["share"]?.number == 0)
    #expect(answer["comparison"]?["groups"]?["overall"]?["p_f1"]?["difference"]?.number == 0)
    guard CPU.supports(.bf16) else { return }
    let other = await evaluated("--changes-against", "bf16", "--cache", path("cache"))
    #expect(other.text.contains("f32 instead of bf16"), "\(other.complaint)")
    let both = await evaluated(
      "--changes-against", "f32", "--precision", "bf16", "--cache", path("cache"))
    #expect(both.text.contains("bf16 instead of f32"))
    guard CPU.supports(.int8) else { return }
    let refused = await evaluated("--changes-against", "int8")
    #expect(refused.status == .failed && refused.complaint.contains("model calibrate"))
  }

  @Test(.enabled(if: CPU.supports(.int8))) func `is what int8 has to pass`() async throws {
    let image = try #require(Manifest.read(path: data).first).imagePath(manifest: data)
    let calibrate = ["model", "calibrate", "--weights", weights, "--output", path("w8")]
    let calibrated = await output(
      calibrate + ["--data", data, "--tokenizer", tokenizer, "--split", "train", image])
    #expect(calibrated.status == .done, "\(calibrated.complaint)")
    let count = try Manifest.read(path: data).count
    #expect(calibrated.text.contains(" of \(count) sentences: `auto` is f32"), "\(calibrated.text)")
    let ranges = try BackboneRanges(of: Checkpoint(path: path("w8")))
    #expect(ranges.fidelity?.sentences == count)
    let other = await output(calibrate + ["--split", "train", image])
    #expect(other.status == .wrongUsage && other.complaint.contains("--data"))
    let none = await output(calibrate + ["--data", path("none.jsonl"), image])
    #expect(none.status == .failed && none.complaint.contains("none.jsonl"))
  }

  @Test func `shows cases on their films`() async throws {
    let result = await evaluated("--report", path("out.html"))
    #expect(result.status == .done, "\(result.complaint)")
    let html = try String(contentsOf: folder.appending(path: "out.html"), encoding: .utf8)
    let cases = html.components(separatedBy: "<figure class=case>").count - 1
    #expect(cases > 0 && cases <= 24)
    #expect(html.components(separatedBy: "src=\"data:image/png;base64,").count == cases + 1)
    #expect(!html.contains("href=") && html.contains("class=found"))
  }

  @Test func `takes a part of the data, and says what does not go together`() async throws {
    let entries = try Manifest.read(path: data)
    let category = try #require(entries.compactMap(\.category).first)
    let part = await evaluated("--json", "--leave-out", category, "--split", "train")
    let count = entries.count { $0.category != category }
    #expect(try JSON(parsing: part.text)["phrases"]?.integer == Int64(count))
    for (options, words) in [
      (["--split", "test"], "no sentence of split “test”"), (["--leave-out", "x"], "“x”"),
    ] {
      let result = await output(
        ["evaluate", "--model", weights, "--tokenizer", tokenizer, "--data", data] + options)
      #expect(result.status == .failed && result.complaint.contains(words), "\(result.complaint)")
    }
    for words in [
      ["--cache", "c"], ["--model", "w"], ["--model", "w", "--tokenizer", "t"],
      ["--model", "w", "--truth", "t"], ["--data", "d", "--truth", "t", "--predictions", "p"],
      ["--model", "w", "--tokenizer", "t", "--data", "d", "--precision", "f16"],
    ] {
      let result = await output(["evaluate"] + words)
      #expect(result.status == .wrongUsage, "\(words): \(result.complaint)")
    }
  }
}
