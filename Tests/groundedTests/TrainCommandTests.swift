import Foundation
import JSON
import TestKit
import Testing

@testable import grounded

/// From drawings to a network that can be judged, by the commands alone.
@Suite struct `The train command` {
  private let folder: URL

  init() throws { folder = try Place.temporaryFolder() }

  /// Phantoms, a tokenizer and a run file.
  private func prepare(epochs: Int) async throws -> String {
    let data = folder.appending(path: "data").path
    let drawn = await output(
      "phantom", "--output", data, "--images", "12", "--side", "96", "--split-shares", "0.5,0.5")
    try #require(drawn.status == .done, "\(drawn.complaint)")
    let tokenizer = folder.appending(path: "tokenizer.json").path
    let learnt = await output(
      "model", "tokenizer", "--size", "300", "--output", tokenizer, data + "/train.jsonl")
    try #require(learnt.status == .done, "\(learnt.complaint)")
    let run: JSON = [
      "tokenizer": "tokenizer.json", "epochs": .integer(Int64(epochs)), "images": 2,
      "sentences": 2, "rate": 1e-3, "batch_norm": "batch", "dropout": 0, "threshold": 0.1,
      "architecture": [
        "blocks": [1, 1, 1, 1], "width": 8, "image": 64, "d_model": 16, "nhead": 2, "ffn": 16,
        "enc_layers": 1, "dec_layers": 1, "queries": 4, "vocab": 300, "t_hidden": 16,
        "t_heads": 2, "t_layers": 1, "t_inter": 8, "t_local": 128, "pad": 3, "cls": 1, "sep": 2,
      ],
      "train": [["manifest": "data/train.jsonl"]], "validate": [["manifest": "data/val.jsonl"]],
    ]
    let file = folder.appending(path: "run.json")
    try Data(run.bytes).write(to: file)
    return file.path
  }

  private func remove() { try? FileManager.default.removeItem(at: folder) }

  @Test func `leaves weights that evaluate judges`() async throws {
    defer { remove() }
    let run = try await prepare(epochs: 2)
    let results = folder.appending(path: "run").path
    let training = try Executable(["train", run, "--output", results], in: folder)
    #expect(await training.status() == 0, "\(training.complaint)")
    let page = try String(contentsOfFile: results + "/train.html", encoding: .utf8)
    #expect(page.contains("2 epochs") && page.contains("<polyline"))
    let judged = await output(
      "evaluate", "--model", results + "/best.safetensors", "--json", "--data",
      folder.appending(path: "data/val.jsonl").path)
    #expect(judged.status == .done, "\(judged.complaint)")
    let again = try Executable(["train", run, "--output", results], in: folder)
    #expect(await again.status() == 0, "a run that is done has nothing to do")
  }

  @Test func `stops on SIGTERM with its state written, and goes on`() async throws {
    defer { remove() }
    let run = try await prepare(epochs: 100_000)
    let results = folder.appending(path: "run").path
    let training = try Executable(["train", run, "--output", results], in: folder)
    let log = results + "/log.jsonl"
    let deadline = ContinuousClock.now + .seconds(60)
    while !FileManager.default.fileExists(atPath: log), ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(20))
    }
    let second = try Executable(["train", run, "--output", results], in: folder)
    #expect(await second.status() == 1)
    #expect(second.complaint.contains("in use by another process"))
    #expect(await training.stopped() == 1)
    #expect(FileManager.default.fileExists(atPath: results + "/state.safetensors"))
    let next = try Executable(["train", run, "--output", results], in: folder)
    let lines = try Place.bytes(URL(filePath: log)).count { $0 == UInt8(ascii: "\n") }
    while try Place.bytes(URL(filePath: log)).count(where: { $0 == UInt8(ascii: "\n") }) <= lines,
      ContinuousClock.now < deadline
    { try await Task.sleep(for: .milliseconds(20)) }
    #expect(ContinuousClock.now < deadline, "\(next.complaint)")
    #expect(await next.stopped() == 1)
  }

  @Test func `says what is wrong with a run before it begins`() async throws {
    defer { remove() }
    let run = try await prepare(epochs: 1)
    let results = folder.appending(path: "run").path
    for (text, words) in [
      ("{\"train\": [], \"tokenizer\": \"t\"}", "train"), ("{", "JSON"),
      ("{\"speed\": 1}", "speed"),
    ] {
      try Data(text.utf8).write(to: URL(filePath: run))
      let training = try Executable(["train", run, "--output", results], in: folder)
      #expect(await training.status() == 1)
      #expect(training.complaint.contains(words), "\(training.complaint)")
    }
  }
}
