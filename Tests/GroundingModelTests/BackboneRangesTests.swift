import Boxes
import Foundation
import JSON
import Tensors
import TestKit
import Testing

@testable import GroundingModel

/// A checkpoint that says something else of itself.
private struct Relabelled: NamedTensorSource {
  let file: Checkpoint
  let metadata: [String: String]

  init(calibration: String?) throws {
    file = try GoldenFile("medgrounder_tiny").file
    metadata = calibration.map { ["calibration": $0] } ?? [:]
  }

  var names: [String] { file.names }
  func facts(of name: String) -> TensorFacts? { file.facts(of: name) }
  func parameter(_ name: String) throws(CheckpointError) -> Parameter { try file.parameter(name) }
}

@Suite struct `Ranges of the backbone` {
  private let golden: GoldenFile
  private let checkpoint: Checkpoint
  private let floats: MedGrounder

  init() throws {
    golden = try GoldenFile("golden_tiny")
    checkpoint = try GoldenFile("medgrounder_tiny").file
    floats = try MedGrounder(checkpoint, threads: 2)
  }

  private func ranges(_ tags: String...) throws -> BackboneRanges {
    var ranges = BackboneRanges()
    for tag in tags { try ranges.observe(golden.floats("pixels" + tag), in: floats) }
    return ranges
  }

  @Test func `are the largest of all images, in any order`() throws {
    let (first, second) = (try ranges(""), try ranges("2"))
    let both = try ranges("", "2")
    #expect(both == (try ranges("2", "")))
    #expect(both.images == 2)
    // The stem, three convolutions of each block, and a shortcut's where a stage begins.
    let blocks = floats.configuration.blocks
    #expect(both.largest.count == 1 + 3 * blocks.reduce(0, +) + blocks.count)
    for (layer, range) in both.largest {
      #expect(range == max(first.largest[layer] ?? 0, second.largest[layer] ?? 0))
      #expect(range > 0, "\(layer)")
    }
  }

  @Test func `go with a checkpoint and say all that int8 needs`() throws {
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "int8.safetensors").path
    let ranges = try ranges("", "2")
    try ranges.write(with: checkpoint, to: path)
    let written = try Checkpoint(path: path)
    #expect(try BackboneRanges(of: written) == ranges)
    #expect(try written.configuration == checkpoint.configuration)
    for name in checkpoint.names {
      #expect(try written.parameter(name).values == checkpoint.parameter(name).values, "\(name)")
    }
    // Written once more, of other images: the last ones count.
    let again = folder.appending(path: "again.safetensors").path
    try self.ranges("").write(with: written, to: again)
    #expect(try BackboneRanges(of: Checkpoint(path: again)).images == 1)
  }

  @Test(.enabled(if: CPU.supports(.int8))) func `leave the image much as it was`() throws {
    let ranges = try ranges("", "2")
    let network = try MedGrounder(checkpoint, threads: 2, precision: .int8, ranges: ranges)
    // Of both images together: one alone is a tenth off, more or less, as the stem's last bits fall.
    var (error, size): (Float, Float) = (0, 0)
    for tag in ["", "2"] {
      let pixels = try golden.floats("pixels" + tag)
      let exact = try floats.network.backend.values(of: floats.encode(pixels, nil).tokens)
      let image = try network.encode(pixels, nil)
      let values = try network.network.backend.values(of: image.tokens)
      #expect(image.isSound && values != exact)
      error += zip(values, exact).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      size += exact.reduce(0) { $0 + $1 * $1 }
    }
    #expect((error / size).squareRoot() < 0.1)
    let outputs = try network.ground([
      GroundingRequest(pixels: golden.floats("pixels"), sentences: golden.sentences())
    ])
    #expect(outputs[0].allSatisfy { $0.isFinite })
  }

  @Test(.enabled(if: CPU.supports(.int8))) func `are missed, and not guessed`() throws {
    let good = try ranges("").json
    let layer = "\"layer2.0.conv2\":"
    for calibration in [
      nil, "", "{}", "[1]", "{\"images\":1,\"ranges\":{}}",
      good.replacing(layer, with: "\"layer9.0.conv2\":"),
      good.replacing(layer, with: layer + "-"),
      good.replacing(layer, with: layer + "1e39,\"x\":"),
      good.replacing(layer, with: layer + "\"much\",\"x\":"),
      good.dropLast() + ",\"int8\":{\"sentences\":2000}}",
      good.dropLast() + ",\"int8\":{\"sentences\":2000,\"changed\":0.5}}",
    ] {
      let weights = try Relabelled(calibration: calibration)
      let error = #expect(throws: ModelError.self, "\(calibration ?? "none")") {
        try MedGrounder(weights, checkpoint.configuration, threads: 1, precision: .int8)
      }
      #expect(error?.description.contains("model calibrate") == true)
      _ = try MedGrounder(weights, checkpoint.configuration, threads: 1)
    }
  }

  @Test func `let int8 be taken by itself where it was seen to change next to nothing`() throws {
    func automatic(_ sentences: Int, _ changed: Int) throws -> Precision {
      var ranges = try self.ranges("")
      ranges.fidelity = .init(sentences: sentences, changed: changed)
      let weights = try Relabelled(calibration: ranges.json)
      #expect(try BackboneRanges(of: weights) == ranges)
      return BackboneRanges.automaticPrecision(for: weights)
    }
    let fastest: Precision = CPU.supports(.int8) ? .int8 : .f32
    #expect(try automatic(2_000, 10) == fastest)
    #expect(try automatic(1_000_000, 0) == fastest)
    for (sentences, changed) in [
      (2_000, 11), (2_199, 11), (1_999, 0), (0, 0), (-4_000, -40), (2_000, -1),
    ] {
      #expect(try automatic(sentences, changed) == .f32, "\(changed) of \(sentences)")
    }
    for calibration in [nil, "", try ranges("").json] {
      let weights = try Relabelled(calibration: calibration)
      #expect(BackboneRanges.automaticPrecision(for: weights) == .f32)
    }
    // What was seen with other ranges says nothing of these.
    var ranges = try self.ranges("")
    ranges.fidelity = .init(sentences: 2_000, changed: 0)
    try ranges.observe(golden.floats("pixels2"), in: floats)
    #expect(ranges.fidelity == nil)
  }

  @Test func `are not taken from an image that overflows or has another size`() throws {
    var ranges = BackboneRanges()
    let side = floats.configuration.side
    #expect(throws: ModelError.self) { try ranges.observe([1, 2, 3], in: floats) }
    let wild = [Float](repeating: 1e30, count: 3 * side * side)
    #expect(throws: ModelError.self) { try ranges.observe(wild, in: floats) }
    #expect(ranges == BackboneRanges())
  }
}
