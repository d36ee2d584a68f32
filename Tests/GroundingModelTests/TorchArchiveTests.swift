import Foundation
import GroundingModel
import TestKit
import Testing

/// The golden files were written by `Golden/torch_make.py` with torch 2.13.0.
@Suite struct `A PyTorch archive` {
  func archive(_ name: String) throws -> TorchArchive {
    try TorchArchive(file: Place.golden("GroundingModelTests", name).path)
  }

  func error(_ name: String) -> TorchArchiveError? {
    do throws(TorchArchiveError) {
      _ = try TorchArchive(file: Place.golden("GroundingModelTests", name).path)
      return nil
    } catch {
      return error
    }
  }

  @Test func `gives plain weights in the order of the file`() throws {
    let archive = try archive("torch_plain.pt")
    #expect(archive.part == nil)
    #expect(
      archive.tensors.map(\.name) == [
        "weight", "transposed", "slice", "half", "brain", "double", "count", "ids", "flags",
        "empty",
      ])
    let weight = try #require(archive.tensor("weight"))
    #expect(weight.shape == [3, 4])
    #expect(weight.kind == .float32)
    #expect(try weight.floats() == (0..<12).map(Float.init))
  }

  @Test func `makes strided tensors contiguous`() throws {
    let archive = try archive("torch_plain.pt")
    let transposed = try #require(archive.tensor("transposed"))
    #expect(transposed.shape == [3, 2])
    #expect(try transposed.floats() == [0, 3, 1, 4, 2, 5])
    let slice = try #require(archive.tensor("slice"))
    #expect(slice.shape == [2, 3])
    #expect(try slice.floats() == [6, 8, 10, 12, 14, 16])
  }

  @Test func `reads every kind of number`() throws {
    let archive = try archive("torch_plain.pt")
    #expect(try archive.tensor("half")?.floats() == [0.5, -2, 65504, 5.9604645e-8])
    #expect(try archive.tensor("brain")?.floats() == [1, -3.140625, 1.0018e30].map(bfloat16))
    #expect(try archive.tensor("double")?.floats() == [0.1, .infinity])
    #expect(try archive.tensor("count")?.integers() == [41])
    #expect(archive.tensor("count")?.shape == [])
    #expect(try archive.tensor("ids")?.integers() == [1, -2, 3, 1 << 40])
    #expect(try archive.tensor("flags")?.integers() == [1, 0])
    #expect(try archive.tensor("empty")?.floats() == [])
    #expect(archive.tensor("empty")?.shape == [0, 5])
    #expect(throws: TorchArchiveError.wrongKind(tensor: "ids", kind: "int64")) {
      try archive.tensor("ids")?.floats()
    }
    #expect(throws: TorchArchiveError.wrongKind(tensor: "half", kind: "float16")) {
      try archive.tensor("half")?.integers()
    }
  }

  private func bfloat16(_ value: Float) -> Float {
    let bits = value.bitPattern
    return Float(bitPattern: ((bits + 0x7fff + (bits >> 16 & 1)) >> 16) << 16)
  }

  @Test func `finds the model in a training checkpoint`() throws {
    let archive = try archive("torch_training.pt")
    #expect(archive.part == "model")
    #expect(
      archive.tensors.map(\.name) == [
        "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var",
        "1.num_batches_tracked",
      ])
    #expect(archive.tensor("0.weight")?.shape == [3, 2])
    #expect(try archive.tensor("1.num_batches_tracked")?.integers() == [1])
    for value in try archive.tensor("1.running_var")?.floats() ?? [] {
      #expect(abs(value - 0.9) < 1e-6)
    }
  }

  @Test func `prefers the averaged weights`() throws {
    let archive = try archive("torch_ema.pt")
    #expect(archive.part == "model_ema")
    #expect(try archive.tensor("0.weight")?.floats() == [Float](repeating: 1, count: 6))
  }

  @Test func `reads parameters`() throws {
    #expect(try archive("torch_parameter.pt").tensor("shift")?.floats() == [1.5, 2.5])
  }

  @Test func `says how to convert the old format`() {
    #expect(error("torch_legacy.pt") == .legacyFormat)
    #expect(TorchArchiveError.legacyFormat.description.contains("torch.save(torch.load("))
  }

  @Test func `refuses what is no table of weights`() {
    #expect(error("torch_script.pt") == .script)
    #expect(error("torch_none.pt") == .noTensors)
    #expect(error("torch_make.py") == .notAnArchive(reason: "it is no zip archive"))
    #expect(error("absent.pt") == .unreadable(errno: 2))
    #expect(error("") == .notAnArchive(reason: "it is no regular file"))
  }

  @Test func `refuses a tensor larger than its storage`() {
    #expect(error("torch_expanded.pt") == .misshapen(tensor: "expanded"))
  }

  @Test func `refuses foreign names by name`() {
    #expect(error("torch_foreign.pt") == .refused(what: "“__builtin__.complex”"))
  }
}
