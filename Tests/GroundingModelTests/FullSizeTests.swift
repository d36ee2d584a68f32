import Boxes
import Foundation
import TestKit
import Testing

@testable import GroundingModel

/// The full-size network on its seeded weights of 840 MB, which `GROUNDED_TEST_FULL_WEIGHTS` names.
@Suite(.enabled(if: FullSize.weights != nil && Place.shared != nil))
struct `The full-size network` {
  @Test func `gives the boxes and logits of the reference`() throws {
    let weights = try #require(FullSize.weights)
    let folder = try #require(Place.shared).appending(path: "golden")
    let golden = try GoldenFile(url: folder.appending(path: "golden_full.safetensors"))
    let grounder = try MedGrounder(try Checkpoint(path: weights), threads: 2)
    for tag in ["", "2"] {
      let mask = tag.isEmpty ? nil : try golden.file.integers("pixel_mask2").map { $0 != 0 }
      let request = GroundingRequest(
        pixels: try golden.floats("pixels" + tag), pixelMask: mask,
        sentences: try golden.sentences())
      let outputs = try grounder.ground([request])[0]
      try compare(outputs.flatMap { $0.boxes }, "box" + tag, golden)
      try compare(outputs.flatMap { $0.logits }, "conf" + tag, golden)
    }
  }

  /// Within 10⁻³ of PyTorch's fp32, and no farther from fp64 than twice as far as PyTorch's fp32 is.
  private func compare(_ values: [Float], _ name: String, _ golden: GoldenFile) throws {
    let single = try golden.floats(name)
    let double = try golden.file.doubles(name + "_f64")
    expectClose(values, single, within: 1e-3, name)
    let ours = FullSize.farthest(values, double)
    let theirs = FullSize.farthest(single, double)
    print("\(name): \(ours) from fp64; PyTorch's fp32 \(theirs)")
    #expect(ours <= 2 * theirs, "\(name)")
  }
}

enum FullSize {
  static let weights = ProcessInfo.processInfo.environment["GROUNDED_TEST_FULL_WEIGHTS"]

  static func farthest(_ values: [Float], _ expected: [Double]) -> Double {
    zip(values, expected).map { abs(Double($0) - $1) }.max() ?? 0
  }
}
