import Foundation
import JSON
import Tensors
import TestKit
import Testing

@testable import GroundingModel

/// A file that says nothing of itself: some tensors of the small golden network, or of the full-size one.
private struct PlainWeights: NamedTensorSource {
  let names: [String]
  let shapes: [String: [Int]]
  var metadata: [String: String] = [:]

  init(without prefix: String, metadata: [String: String] = [:]) throws {
    let file = try GoldenFile("medgrounder_tiny").file
    names = file.names.filter { !$0.hasPrefix(prefix) }
    shapes = Dictionary(
      uniqueKeysWithValues: names.map { ($0, file.facts(of: $0)?.shape ?? []) })
    self.metadata = metadata
  }

  func facts(of name: String) -> TensorFacts? {
    shapes[name].map { TensorFacts(type: .f32, shape: $0) }
  }

  func parameter(_ name: String) throws(CheckpointError) -> Parameter {
    Parameter(shape: shapes[name] ?? [])
  }
}

@Suite final class `An import` {
  private let folder: URL
  private var path: String { folder.path + "/out" }

  init() throws { folder = try Place.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  private func refusal(
    _ sources: [any NamedTensorSource],
    _ change: (inout CheckpointImport.Options) -> Void = { _ in }
  ) -> String {
    var options = CheckpointImport.Options()
    change(&options)
    let error = #expect(throws: ModelError.self) {
      try CheckpointImport.run(sources, options: options, to: path)
    }
    return error?.description ?? ""
  }

  @Test func `takes no configuration for granted`() throws {
    let plain = try PlainWeights(without: "nothing")
    let words = refusal([plain])
    #expect(words.contains("d_model 64, not 256") && words.contains("--config FILE"))
    let tiny = try GoldenFile("medgrounder_tiny").file.configuration
    var options = CheckpointImport.Options()
    options.configuration = tiny
    _ = try CheckpointImport.run([plain], options: options, to: path)
    #expect(try Checkpoint(path: path).configuration == tiny)

    var other = tiny
    other.heads = 8
    let stating = try [tiny, other].map {
      try PlainWeights(without: "nothing", metadata: ["config": $0.json])
    }
    #expect(refusal(stating).contains("different configurations"))
    _ = try CheckpointImport.run([plain, stating[1]], options: .init(), to: path)
    #expect(try Checkpoint(path: path).configuration.heads == 8)
  }

  @Test func `takes the full-size network where all shapes are its own`() throws {
    let full = try SeededWeights(ModelConfiguration(), seed: 0)
    let renamed = RenamedTensors([full], aliases: [:])
    #expect(
      try CheckpointImport.configuration(of: [full], renamed, .init()) == ModelConfiguration())
  }

  @Test func `draws the heads that no file has, as training begins, and says so`() throws {
    let config = try GoldenFile("medgrounder_tiny").file.configuration.json
    var options = CheckpointImport.Options()
    options.seed = 5
    let headless = try PlainWeights(without: "class_embed", metadata: ["config": config])
    let summary = try CheckpointImport.run([headless], options: options, to: path)
    #expect(summary.initialized == ["confidence_embed.weight", "confidence_embed.bias"])
    let drawn = try Checkpoint(path: path)
    #expect(drawn.metadata["untrained"] == "true" && drawn.metadata["seed"] == "5")
    #expect(try drawn.parameter("confidence_embed.bias").values == [0])
    let bound = Float(6.0 / 65).squareRoot()
    let weight = try drawn.parameter("confidence_embed.weight").values
    #expect(weight.allSatisfy { abs($0) <= bound } && (weight.max() ?? 0) > bound / 2)

    let noResizer = try PlainWeights(
      without: "transformer.resizer", metadata: ["config": config])
    let resizer = try CheckpointImport.run([noResizer], options: options, to: path).initialized
    #expect(resizer.count == 4 && resizer.allSatisfy { $0.hasPrefix("transformer.resizer.") })
    let norm = "transformer.resizer.layer_norm."
    #expect(Set(try Checkpoint(path: path).parameter(norm + "weight").values) == [1])
    #expect(Set(try Checkpoint(path: path).parameter(norm + "bias").values) == [0])

    let noDecoder = try PlainWeights(
      without: "transformer.decoder.norm", metadata: ["config": config])
    #expect(refusal([noDecoder]) { $0.seed = 5 }.contains("missing: transformer.decoder.norm"))
  }

  @Test func `of something untrained stays untrained`() throws {
    let config = try GoldenFile("medgrounder_tiny").file.configuration.json
    let source = try PlainWeights(
      without: "nothing", metadata: ["config": config, "untrained": "true"])
    _ = try CheckpointImport.run([source], options: .init(), to: path)
    #expect(try Checkpoint(path: path).metadata["untrained"] == "true")
  }

  @Test func `refuses what does not go together`() throws {
    let plain = try PlainWeights(without: "nothing")
    #expect(refusal([plain]) { $0.reinitializesResizer = true }.contains("--seed N"))
    let words = refusal([plain]) { $0.aliases = ["no\nwhere": "input_proj.bias"] }
    #expect(words.contains("no file has a tensor “no\\u{A}where”"))
  }
}

@Suite final class `A name from a file` {
  private let folder: URL

  init() throws { folder = try Place.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  @Test func `cannot move the cursor, break the line or turn the text round`() throws {
    let hostile = "a\u{1B}[2Jb\nc\u{9B}d\u{202E}e\u{2028}f"
    let tame = #"a\u{1B}[2Jb\u{A}c\u{9B}d\u{202E}e\u{2028}f"#
    #expect(hostile.inOneLine == tame && "Łódź ü".inOneLine == "Łódź ü")
    let path = folder.path + "/hostile"
    let config = try GoldenFile("medgrounder_tiny").file.configuration.json
    try Checkpoint.write(
      [StoredTensor(hostile, [1], .floats([.nan]))],
      metadata: [("config", config), ("name", hostile)], to: path)
    let inspection = try ModelInspection(try Checkpoint(path: path))
    let errors = [
      CheckpointError.noTensor(name: hostile), .unsuitable(name: hostile, reason: "is odd"),
      .malformed(reason: "tensor “\(hostile)” overlaps"), try #require(inspection.problem),
    ]
    for text in errors.map(\.description) + inspection.text.split(separator: "\n").map(String.init)
    {
      #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control })
    }
    #expect(inspection.text.contains("name = " + tame))
    #expect(inspection.text.contains("not finite    " + tame))
    #expect(try JSON(parsing: inspection.json)["unexpected"]?.array == [.string(hostile)])
  }
}
