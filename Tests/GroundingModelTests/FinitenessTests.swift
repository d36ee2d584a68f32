import Boxes
import Foundation
import Tensors
import TestKit
import Testing

@testable import GroundingModel

/// The weights of the small golden network, one tensor of which is changed.
private struct DamagedWeights: NamedTensorSource {
  let file: Checkpoint
  let name: String
  let change: @Sendable ([Float]) -> [Float]

  init(_ name: String, _ change: @escaping @Sendable ([Float]) -> [Float]) throws {
    file = try GoldenFile("medgrounder_tiny").file
    self.name = name
    self.change = change
  }

  var names: [String] { file.names }

  func facts(of name: String) -> TensorFacts? { file.facts(of: name) }

  func parameter(_ name: String) throws(CheckpointError) -> Parameter {
    let parameter = try file.parameter(name)
    return name == self.name
      ? Parameter(change(parameter.values), shape: parameter.shape) : parameter
  }

  func grounder(
    precision: Precision = .f32, ranges: BackboneRanges? = nil
  ) throws -> MedGrounder {
    try MedGrounder(
      self, try file.configuration, threads: 2, precision: precision, ranges: ranges)
  }
}

@Suite struct `Numbers that are none` {
  private static let names = [
    "backbone.0.body.conv1.weight", "backbone.0.body.layer2.0.bn1.running_var",
    "backbone.0.body.layer4.0.conv3.weight", "input_proj.bias", "query_embed.weight",
    "transformer.text_encoder.embeddings.tok_embeddings.weight",
    "transformer.text_encoder.layers.1.attn_norm.weight",
    "transformer.encoder.layers.0.self_attn.in_proj_bias", "bbox_embed.layers.1.weight",
  ]

  @Test(arguments: names, [Float.nan, .infinity, -.infinity])
  func `are refused in weights, by name`(name: String, number: Float) throws {
    let weights = try DamagedWeights(name) { $0.dropLast() + [number] }
    let error = #expect(throws: ModelError.self) { try weights.grounder() }
    #expect(error == .checkpoint(.unsuitable(name: name, reason: CheckpointError.notFinite)))
  }

  @Test func `are refused where folding makes them`() throws {
    let negative = try DamagedWeights("backbone.0.body.layer1.0.bn2.running_var") { $0.map { -$0 } }
    let large = try DamagedWeights("backbone.0.body.conv1.weight") { $0.map { _ in 1e36 } }
    let gain = try DamagedWeights("backbone.0.body.bn1.weight") { $0.map { _ in 3e38 } }
    for weights in [negative, large, gain] {
      let error = #expect(throws: ModelError.self) { try weights.grounder() }
      guard case .checkpoint(.unsuitable(let name, _)) = error else { throw try #require(error) }
      #expect(name.hasPrefix("backbone.0.body."))
    }
  }

  /// Every one of these came out as boxes that look sound.
  @Test(
    arguments: [
      ("backbone.0.body.conv1.weight", 1e30), ("backbone.0.body.bn1.weight", 1e30),
      ("backbone.0.body.layer1.0.conv3.weight", 1e32),
      ("backbone.0.body.layer2.0.bn2.weight", 1e35),
      ("backbone.0.body.layer3.1.conv2.weight", 1e30), ("input_proj.weight", 1e25),
    ] as [(String, Float)])
  func `make outputs that are none, when they arise within`(name: String, factor: Float) throws {
    let golden = try GoldenFile("golden_tiny")
    let grounder = try DamagedWeights(name) { $0.map { $0 * factor } }.grounder()
    let outputs = try grounder.ground([
      GroundingRequest(pixels: try golden.floats("pixels"), sentences: try golden.sentences())
    ])[0]
    #expect(outputs.count == 3)
    #expect(outputs.allSatisfy { !$0.isFinite && $0.logits.count == 10 && $0.boxes.count == 40 })
  }

  /// Cut to 8 bits they would look sound, too.
  @Test(
    .enabled(if: CPU.supports(.int8)),
    arguments: [
      ("backbone.0.body.conv1.weight", 1e30, false), ("backbone.0.body.bn1.weight", 1e30, false),
      ("backbone.0.body.layer1.0.conv3.weight", 1e32, true),
      ("backbone.0.body.layer2.0.bn2.weight", 1e35, true),
      ("backbone.0.body.layer3.1.conv2.weight", 1e30, true), ("input_proj.weight", 1e25, false),
    ] as [(String, Float, Bool)])
  func `are noticed in 8 bits, with ranges of other weights`(
    name: String, factor: Float, isRefused: Bool
  ) throws {
    let golden = try GoldenFile("golden_tiny")
    var ranges = BackboneRanges()
    try ranges.observe(golden.floats("pixels"), in: DamagedWeights(name) { $0 }.grounder())
    let damaged = try DamagedWeights(name) { $0.map { $0 * factor } }
    guard !isRefused else {
      let error = #expect(throws: ModelError.self) {
        try damaged.grounder(precision: .int8, ranges: ranges)
      }
      #expect(error?.description.contains("overflows") == true)
      return
    }
    let outputs = try damaged.grounder(precision: .int8, ranges: ranges).ground([
      GroundingRequest(pixels: try golden.floats("pixels"), sentences: try golden.sentences())
    ])[0]
    #expect(outputs.allSatisfy { !$0.isFinite })
  }

  @Test func `are named by inspect, and refused in the pixels of a run`() throws {
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going
    let path = folder.appending(path: "a").path
    let pixels = [Float](repeating: 0, count: 3 * 128 * 128 - 1) + [.infinity]
    try Checkpoint.write(
      [
        StoredTensor("pixels", [1, 3, 128, 128], .floats(pixels)),
        StoredTensor("ids", [1, 2], .integers([1, 2])),
        StoredTensor("mask", [1, 2], .integers([1, 1])),
      ], to: path)
    let inspection = try ModelInspection(try Checkpoint(path: path))
    #expect(inspection.notFinite == ["pixels"])
    #expect(inspection.text.contains("not finite    pixels"))
    let weights = GoldenFile.tiny
    let error = #expect(throws: ModelError.self) {
      try ModelRun.run(weights: weights, input: path, output: path + ".out", threads: 1)
    }
    #expect(error == .checkpoint(.unsuitable(name: "pixels", reason: CheckpointError.notFinite)))
  }
}
