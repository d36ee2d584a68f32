import Boxes
import Foundation
import JSON
import Seeds
import Tensors
import TestKit
import Testing

@testable import GroundingModel

@Suite final class `What stands behind the commands` {
  let folder: URL
  private let tiny = GoldenFile.tiny

  init() throws { folder = try Place.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  /// Inputs of the golden file as `model run` reads them.
  private func write(tag: String, pairs: Int?, to path: String) throws {
    let golden = try GoldenFile("golden_tiny")
    let pixels = try golden.floats("pixels" + tag)
    var tensors = [
      StoredTensor(
        "pixels", [pairs ?? 1, 3, 128, 128],
        .floats(Array(repeating: pixels, count: pairs ?? 1).flatMap { $0 })),
      StoredTensor("ids", golden.shape("ids"), .integers(try golden.file.integers("ids"))),
      StoredTensor("mask", golden.shape("mask"), .integers(try golden.file.integers("mask"))),
    ]
    if !tag.isEmpty {
      tensors.append(
        StoredTensor(
          "pixel_mask", [1, 128, 128], .integers(try golden.file.integers("pixel_mask2"))))
    }
    try Checkpoint.write(tensors, to: path)
  }

  @Test(arguments: ["", "2"], [nil, 3])
  func `run turns tensors into tensors`(tag: String, pairs: Int?) throws {
    let golden = try GoldenFile("golden_tiny")
    try write(tag: tag, pairs: pairs, to: path("in"))
    try ModelRun.run(weights: tiny, input: path("in"), output: path("out"), threads: 2)
    let output = try Checkpoint(path: path("out"))
    #expect(output.facts(of: "box")?.shape == [3, 10, 4])
    #expect(output.facts(of: "conf")?.shape == [3, 10])
    for name in ["box", "conf"] {
      expectClose(
        try output.parameter(name).values, try golden.floats(name + tag), within: 1e-4, name)
    }
  }

  @Test func `run refuses inputs that do not belong together`() throws {
    let ids = StoredTensor("ids", [1, 2], .integers([1, 2]))
    let pixels = StoredTensor(
      "pixels", [1, 3, 128, 128], .floats([Float](repeating: 0, count: 3 * 128 * 128)))
    let mask = StoredTensor("mask", [1, 2], .integers([1, 1]))
    let bad: [[StoredTensor]] = [
      [ids, mask], [pixels, ids], [pixels, mask],
      [pixels, ids, StoredTensor("mask", [2], .integers([1, 1]))],
      [pixels, ids, StoredTensor("mask", [1, 2], .integers([0, 1]))],
      [pixels, mask, StoredTensor("ids", [1, 2], .integers([1, 512]))],
      [pixels, mask, StoredTensor("ids", [1, 2], .integers([1, -1]))],
      [pixels, mask, StoredTensor("ids", [1, 2], .integers([1, 1 << 40]))],
      [
        ids, mask, StoredTensor("pixels", [1, 3, 2, 2], .floats([Float](repeating: 0, count: 12))),
      ],
    ]
    for (index, tensors) in bad.enumerated() {
      try Checkpoint.write(tensors, to: path("bad"))
      #expect(throws: ModelError.self, "input \(index)") {
        try ModelRun.run(weights: tiny, input: path("bad"), output: path("out"), threads: 1)
      }
    }
  }

  @Test func `inspect says what a checkpoint is`() throws {
    let inspection = try ModelInspection(try Checkpoint(path: tiny))
    let json = try JSON(parsing: inspection.json)
    #expect(json["parameters"]?.integer == Int64(inspection.parameters))
    #expect(json["bytes"]?.integer == 3_971_932 && json["fits"]?.boolean == true)
    #expect(json["dtypes"]?["F32"]?.integer == json["tensors"]?.integer)
    #expect(json["config"]?["queries"]?.integer == 10 && json["untrained"]?.boolean == false)
    #expect(json["sha256"]?.string?.count == 64)
    #expect(inspection.text.contains("10 queries"))
  }

  @Test func `import takes MDETR's and Hugging Face's names`() throws {
    let tiny = try Checkpoint(path: tiny)
    let text = "transformer.text_encoder."
    func tensor(_ name: String, as other: String) throws -> StoredTensor {
      StoredTensor(
        other, tiny.facts(of: name)?.shape ?? [], .parameter(try tiny.parameter(name)))
    }
    let (textNames, others) = (
      tiny.names.filter { $0.hasPrefix(text) }, tiny.names.filter { !$0.hasPrefix(text) }
    )
    let unused = StoredTensor("contrastive_align_projection_text.bias", [2], .floats([1, 2]))
    let roberta = StoredTensor(
      text + "embeddings.word_embeddings.weight", [1, 1], .floats([1]))
    try Checkpoint.write(
      others.filter { !$0.hasPrefix("class_embed") }.map { try tensor($0, as: "module." + $0) }
        + [
          unused, roberta,
          StoredTensor("class_embed.weight", [5, 64], .floats([Float](repeating: 0, count: 320))),
        ],
      to: path("mdetr"))
    try Checkpoint.write(
      textNames.map { try tensor($0, as: "model." + $0.dropFirst(text.count)) }
        + [StoredTensor("head.dense.weight", [1], .floats([0]))], to: path("bert"))
    var options = CheckpointImport.Options()
    options.configuration = try tiny.configuration
    let sources = [try Checkpoint(path: path("mdetr")), try Checkpoint(path: path("bert"))]
    let error = #expect(throws: ModelError.self) {
      try CheckpointImport.run(sources, options: options, to: path("imported"))
    }
    guard case .checkpoint(.incomplete(let misfit)) = error else { throw try #require(error) }
    #expect(misfit.missing == ["confidence_embed.weight", "confidence_embed.bias"])
    options.seed = 5
    options.reinitializesResizer = true
    let summary = try CheckpointImport.run(sources, options: options, to: path("imported"))
    #expect(summary.initialized.count == 6)
    #expect(
      summary.dropped.filter { !$0.contains("resizer") } == [
        "class_embed.weight", "contrastive_align_projection_text.bias", "head.dense.weight",
        text + "embeddings.word_embeddings.weight",
      ])
    let imported = try Checkpoint(path: path("imported"))
    for name in textNames {
      #expect(try imported.parameter(name).values == tiny.parameter(name).values)
    }
    _ = try MedGrounder(imported, threads: 1)
  }

  @Test func `import keeps the configuration, and takes a class head of one class and aliases`()
    throws
  {
    var options = CheckpointImport.Options()
    options.aliases = ["class_embed.bias": "confidence_embed.bias"]
    _ = try CheckpointImport.run([try Checkpoint(path: tiny)], options: options, to: path("again"))
    let again = try Checkpoint(path: path("again"))
    #expect(again.facts(of: "confidence_embed.weight")?.shape == [1, 64])
    #expect(try again.configuration == Checkpoint(path: tiny).configuration)
    #expect(again.metadata["untrained"] == nil)
  }

  @Test func `seeded weights are the same again, say untrained and spread confidences`() throws {
    let configuration = ModelConfiguration.small(vocabulary: 600)
    for name in ["a", "b"] {
      try SeededWeights.write(configuration, seed: 3, to: path(name))
    }
    let (a, b) = (try Checkpoint(path: path("a")), try Checkpoint(path: path("b")))
    #expect(try a.sha256() == b.sha256())
    #expect(a.metadata["untrained"] == "true")
    let grounder = try MedGrounder(a, threads: 2)
    var random = SeededNumbers(seed: 11)
    let sentences = (0..<40).map { _ -> [Int32] in
      let words = (0..<3 + random.below(20)).map { _ in Int32(random.below(600)) }
      return [1] + words + [2]
    }
    let area = 320 * 320
    let pixels = (0..<3 * area).map { (index: Int) -> Float in Float(index % 320) / 160 - 1 }
    let outputs = try grounder.ground([GroundingRequest(pixels: pixels, sentences: sentences)])[0]
    let grounded = outputs.count { $0.highestConfidence >= 0.8 }
    #expect((4...36).contains(grounded), "\(grounded) of 40 sentences have a box")
  }

  @Test func `the benchmark times every part`() throws {
    let grounder = try MedGrounder(try Checkpoint(path: tiny), threads: 1)
    let json = try JSON(parsing: try ModelBenchmark(grounder, repetitions: 1).json)
    let parts = json["parts"]?.array ?? []
    #expect(
      parts.map { $0["name"]?.string } == [
        "report", "pair", "backbone", "text", "cross", "decoder",
      ])
    #expect(parts.allSatisfy { $0["median_ms"]?.number ?? 0 > 0 })
    let full = ModelOperations(ModelConfiguration(), sentences: ModelBenchmark.sentences)
    #expect(abs(full.backbone / 1e9 - 127.8) < 0.1 && abs(full.text / 1e9 - 27.1) < 0.1)
    #expect(abs(full.cross / 1e9 - 60.7) < 0.1 && abs(full.decoder / 1e9 - 21.8) < 0.1)
  }
}
