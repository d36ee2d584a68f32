import Foundation
import Seeds
import Tensors
import TestKit
import Testing

@testable import GroundingModel

@Suite final class `A checkpoint` {
  let folder: URL

  init() throws { folder = try Place.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }  // nothing depends on its going

  private func file(_ bytes: [UInt8]) throws -> String {
    let file = folder.appending(path: UUID().uuidString)
    try Data(bytes).write(to: file)
    return file.path
  }

  private func file(header: String, data: [UInt8] = []) throws -> String {
    let header = Array(header.utf8)
    return try file(
      (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header + data)
  }

  @Test func `comes back as it was written`() throws {
    let path = folder.appending(path: "w.safetensors").path
    try Checkpoint.write(
      [
        StoredTensor("a", [2, 3], .floats([1, 2, 3, 4, 5, 6])),
        StoredTensor("ids", [2], .integers([-1, 1 << 40])), StoredTensor("none", [0], .floats([])),
      ], metadata: [("name", "Łódź")], to: path)
    let read = try Checkpoint(path: path)
    #expect(try read.parameter("a").values == [1, 2, 3, 4, 5, 6])
    #expect(read.facts(of: "a")?.shape == [2, 3])
    #expect(try read.integers("ids") == [-1, 1 << 40])
    #expect(try read.parameter("none").values == [])
    #expect(read.metadata == ["name": "Łódź"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
  }

  @Test func `is written over regular files only, and through links to them`() throws {
    func write(_ value: Float, to path: String) throws {
      try Checkpoint.write([StoredTensor("a", [1], .floats([value]))], to: path)
    }
    let (real, link) = (folder.path + "/real", folder.path + "/link")
    try write(1, to: real)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "real")
    try write(2, to: link)
    #expect(try Checkpoint(path: real).parameter("a").values == [2])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "real")

    let (pipe, lost) = (folder.path + "/pipe", folder.path + "/lost")
    try #require(mkfifo(pipe, 0o600) == 0)
    try FileManager.default.createSymbolicLink(atPath: lost, withDestinationPath: "nowhere")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/to-pipe", withDestinationPath: "pipe")
    for path in [pipe, lost, folder.path + "/to-pipe", folder.path] {
      #expect(throws: CheckpointError.self, "\(path)") { try write(3, to: path) }
    }
    var facts = stat()
    #expect(lstat(pipe, &facts) == 0 && facts.st_mode & S_IFMT == S_IFIFO)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        == ["link", "lost", "pipe", "real", "to-pipe"])
  }

  @Test func `reads half and brain floats exactly`() throws {
    let halves: [UInt16] = [0x3C00, 0xC000, 0x0001, 0x7BFF, 0x8000, 0x7C00]
    let brains: [UInt16] = [0x3F80, 0xC000]
    let data = (halves + brains).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    let path = try file(
      header: """
        {"h":{"dtype":"F16","shape":[6],"data_offsets":[0,12]},\
        "b":{"dtype":"BF16","shape":[2],"data_offsets":[12,16]}}
        """, data: data)
    let read = try Checkpoint(path: path)
    #expect(try read.parameter("h").values == [1, -2, 0x1p-24, 65504, -0, .infinity])
    #expect(try read.parameter("b").values == [1, -2])
  }

  @Test(arguments: [
    ("", "no header"), ("[]", "no object"), ("{", "not JSON"), ("{\"a\":1}", "no dtype"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#, "bytes"),
    (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, "outside"),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, "impossible shape"),
    (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, "impossible shape"),
    (
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#,
      "impossible shape"
    ),
    (#"{"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}}"#, "unknown dtype"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, "outside"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, "outside"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "gap"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "belong to no tensor"),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
      "duplicate"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      "overlaps"
    ), (#"{"__metadata__":{"a":1}}"#, "metadata"),
  ])
  func `is refused with a reason when its header lies`(header: String, reason: String) throws {
    let path = try file(header: header, data: [UInt8](repeating: 0, count: 8))
    let error = #expect(throws: CheckpointError.self) { try Checkpoint(path: path) }
    let description = error?.description ?? ""
    #expect(description.contains(reason) || header.isEmpty, "\(description)")
  }

  /// Three bytes of this took 174 of memory each, some gigabytes in all.
  @Test func `is refused when its header is larger than any network needs`() throws {
    func refusal(_ header: String) -> String {
      let error = #expect(throws: CheckpointError.self) {
        try Checkpoint(path: try file(header: header))
      }
      return error?.description ?? ""
    }
    let empty = [String](repeating: "[]", count: 250_000).joined(separator: ",")
    #expect(refusal("{\"a\":[\(empty)]}").contains("500002 values"))
    let metadata = String(repeating: "[", count: 1_000_000)
    #expect(refusal("{\"__metadata__\":{\"a\":\"\(metadata)\"}, }").contains("not JSON"))
    #expect(refusal(String(repeating: " ", count: 8 << 20 + 1)).contains("at most 8388608"))
  }

  @Test func `is refused when it is short, huge in words, a folder or absent`() throws {
    for bytes in [[], [1], [UInt8](repeating: 255, count: 8), [9, 0, 0, 0, 0, 0, 0, 0, 123]] {
      let path = try file(bytes)
      #expect(throws: CheckpointError.self) { try Checkpoint(path: path) }
    }
    #expect(throws: CheckpointError.self) { try Checkpoint(path: folder.path) }
    #expect(throws: CheckpointError.self) { try Checkpoint(path: folder.path + "/absent") }
  }

  /// Every damaged copy either reads to its last number or is refused; nothing traps.
  @Test func `survives damage at random`() throws {
    let original = try Place.bytes(
      Place.golden("GroundingModelTests", "tiny_mdetr.safetensors"))
    let headerEnd = 8 + Int(original[0]) + Int(original[1]) << 8
    var random = SeededNumbers(seed: 2)
    var refused = 0
    for _ in 0..<400 {
      var damaged = original
      switch random.below(4) {
      case 0: damaged = Array(damaged.prefix(random.below(damaged.count)))
      case 1: damaged.remove(at: random.below(headerEnd))
      case 2: damaged[random.below(8)] = UInt8(random.below(256))
      default:
        for _ in 0...random.below(3) {
          let digit = UInt8(random.below(10)) + UInt8(ascii: "0")
          let places = (8..<headerEnd).filter { (48...57).contains(damaged[$0]) }
          damaged[places[random.below(places.count)]] = digit
        }
      }
      do {
        let read = try Checkpoint(path: try file(damaged))
        for name in read.names { _ = try read.parameter(name).values }
      } catch is CheckpointError { refused += 1 }
    }
    #expect(refused > 300)
  }
}

@Suite struct `A configuration` {
  @Test func `comes back from its own JSON`() throws {
    let small = ModelConfiguration.small(vocabulary: 600)
    #expect(try ModelConfiguration(json: small.json) == small)
    let golden = try GoldenFile("medgrounder_tiny").file.configuration
    #expect(golden.blocks == [1, 2, 2, 1] && golden.textWindow == 8 && golden.startToken == 1)
  }

  @Test(arguments: [
    ("\"d_model\": 64", "\"d_model\": 0"), ("\"d_model\": 64", "\"d_model\": 66"),
    ("\"d_model\": 64", "\"d_model\": -64"), ("\"d_model\": 64", "\"d_model\": 1e9"),
    ("\"nhead\": 4", "\"nhead\": 5"), ("\"queries\": 10", "\"queries\": 9999999999"),
    ("\"queries\": 10", "\"queries\": \"ten\""), ("\"t_heads\": 4", "\"t_heads\": 64"),
    ("[1, 2, 2, 1]", "[1, 2, 2]"), ("[1, 2, 2, 1]", "[1, 2, 2, 0]"), ("\"pad\": 0", "\"pad\": 512"),
    ("\"image\": 128", "\"image\": 0"), ("\"vocab\": 512, ", ""), ("{", "["),
  ])
  func `is refused when a size is impossible`(original: String, hostile: String) throws {
    let text = try #require(try GoldenFile("medgrounder_tiny").file.metadata["config"])
    let changed = text.replacing(original, with: hostile, maxReplacements: 1)
    #expect(changed != text)
    #expect(throws: CheckpointError.self) { try ModelConfiguration(json: changed) }
  }
}
