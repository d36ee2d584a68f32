import Foundation
import Tensors
import TestKit

@testable import GroundingModel

/// A golden file of this suite.
struct GoldenFile {
  let file: Checkpoint

  /// Those of the tiny network are carried by the program.
  static let carried = Place.repository.appending(path: "Sources/CBuiltInNetwork/golden")
  /// The tiny network's weights.
  static let tiny = carried.appending(path: "medgrounder_tiny.safetensors").path

  init(_ name: String) throws {
    let name = name + ".safetensors"
    let file = Self.carried.appending(path: name)
    let isCarried = FileManager.default.fileExists(atPath: file.path)
    self.file = try Checkpoint(
      path: isCarried ? file.path : Place.golden("GroundingModelTests", name).path)
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
