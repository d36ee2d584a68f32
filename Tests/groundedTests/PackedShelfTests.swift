import Boxes
import Foundation
import GroundingModel
import Tensors
import TestKit
import Testing

@testable import grounded

@Suite final class `Packed weights that are kept` {
  private let folder: URL
  private let checkpoint: Checkpoint

  init() throws {
    folder = try Place.temporaryFolder()
    let file = folder.appending(path: "weights.safetensors")
    try SmallModel.write(seed: 5, to: file)
    checkpoint = try Checkpoint(path: file.path)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  private func outputs(
    _ packed: PackedWeights?, precision: Precision = .f32
  ) throws -> [[QueryOutputs]] {
    let network = try MedGrounder(checkpoint, threads: 2, precision: precision, packed: packed)
    let side = try checkpoint.configuration.side
    let pixels = (0..<3 * side * side).map { Float($0 % 251) / 125 - 1 }
    return try network.ground([GroundingRequest(pixels: pixels, sentences: [[1, 7, 9, 2]])])
  }

  private func shelf(_ precision: Precision = .f32) -> PackedShelf {
    PackedShelf(folder.path, for: checkpoint, precision: precision)
  }

  /// Keeps what a first start makes.
  private func keep(_ precision: Precision = .f32) throws -> (made: Int, outputs: [[QueryOutputs]])
  {
    let packed = PackedWeights()
    let outputs = try outputs(packed, precision: precision)
    try shelf(precision).write(packed.blocks, of: checkpoint.sha256())
    return (packed.made, outputs)
  }

  private var files: [URL] {
    get throws {
      try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        .filter { $0.pathExtension == "packed" }
    }
  }

  @Test(arguments: Precision.allCases.filter { $0 != .int8 && CPU.supports($0) })
  func `need not be made again, and give the same boxes`(precision: Precision) throws {
    let first = try keep(precision)
    #expect(first.made > 10)
    let (packed, origin) = shelf(precision).find()
    #expect(try origin == checkpoint.sha256())
    #expect(try outputs(packed, precision: precision) == first.outputs)
    #expect(packed.made == 0)
    #expect(packed.blocks.count == first.made)
  }

  @Test func `are those of their precision alone`() throws {
    _ = try keep()
    #expect(shelf(.bf16).find().origin == nil)
  }

  @Test(arguments: [0.3, 0.6, 0.95]) func `are made again where a bit has changed`(
    share: Double
  ) throws {
    let first = try keep()
    let file = try #require(files.first)
    var bytes = try Data(contentsOf: file)
    bytes[Int(Double(bytes.count) * share)] ^= 1
    try bytes.write(to: file)
    let (packed, _) = shelf().find()
    #expect(try outputs(packed) == first.outputs)
    #expect(packed.made == 1)
  }

  @Test func `are passed over where the file is cut, or none`() throws {
    let first = try keep()
    let file = try #require(files.first)
    let whole = try Data(contentsOf: file)
    for rest in [whole.dropLast(1), whole.prefix(100), Data()] {
      try Data(rest).write(to: file)
      let (packed, origin) = shelf().find()
      #expect(origin == nil)
      #expect(try outputs(packed) == first.outputs)
      #expect(packed.made == first.made)
    }
  }

  @Test func `say of which weights they are`() throws {
    let packed = PackedWeights()
    _ = try outputs(packed)
    try shelf().write(packed.blocks, of: "other")
    #expect(shelf().find().origin == "other")
  }

  @Test func `push out older files of their own, and touch no others`() throws {
    let strangers = ["a.packed", "archive.packed.tar", "1-2-3-4-f32.packed"]
    let old = (0..<6).map { "1-\($0)-3-4-0123456789abcdef.packed" }
    let drafts = ["1-2-3-4-0123456789abcdef.packed.new-x", "1-2-3-4-0123456789abcdef.packed.new-y"]
    for (index, name) in (strangers + old + drafts).enumerated() {
      let file = folder.appending(path: name)
      try Data("x".utf8).write(to: file)
      let age: TimeInterval = name.hasSuffix("y") ? 5 : 10_000 - TimeInterval(index)
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: file.path)
    }
    _ = try keep()
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(left).isSuperset(of: strangers + old[3...] + [drafts[1]]))
    #expect(Set(left).isDisjoint(with: old[..<3] + [drafts[0]]))
  }

  @Test func `are none where the folder cannot be written to`() throws {
    let packed = PackedWeights()
    _ = try outputs(packed)
    let nowhere = PackedShelf(
      folder.appending(path: "none").path, for: checkpoint, precision: .f32)
    #expect(throws: CheckpointError.self) {
      try nowhere.write(packed.blocks, of: checkpoint.sha256())
    }
    #expect(nowhere.find().origin == nil)
  }

  @Test func `sum up differently when vectors change places`() {
    let numbers = (0..<64).map { Float($0) }
    let swapped = Array(numbers[16..<32] + numbers[..<16] + numbers[32...])
    let sums = [numbers, swapped, numbers].map {
      PackedWeights.sum(of: Parameter($0, shape: [64]))
    }
    #expect(sums[0] != sums[1])
    #expect(sums[0] == sums[2])
  }
}
