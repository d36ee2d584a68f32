import Foundation
import Tensors
import TestKit

@testable import GroundingModel

/// A golden file of this suite.
struct GoldenFile {
  let file: Checkpoint

  init(_ name: String) throws {
    file = try Checkpoint(path: Place.golden("GroundingModelTests", name + ".safetensors").path)
  }

  init(url: URL) throws { file = try Checkpoint(path: url.path) }

  func floats(_ name: String) throws -> [Float] { try file.parameter(name).values }

  func shape(_ name: String) -> [Int] { file.facts(of: name)?.shape ?? [] }

  /// Rows of `ids` without their padding.
  func sentences(ids: String = "ids", mask: String = "mask") throws -> [[Int32]] {
    let (ids, mask) = (try file.integers(ids), try file.integers(mask))
    let length = shape("ids")[1]
    return (0..<shape("ids")[0]).map { row in
      (row * length..<(row + 1) * length).compactMap { mask[$0] == 1 ? Int32(ids[$0]) : nil }
    }
  }
}
