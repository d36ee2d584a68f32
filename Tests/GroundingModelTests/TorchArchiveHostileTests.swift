import Foundation
import GroundingModel
import TestKit
import Testing

/// Makes archives like PyTorch's, and such as PyTorch never would.
private struct Archive {
  struct Entry {
    var name: String
    var bytes: [UInt8]
    var method: UInt16 = 0
    var flags: UInt16 = 0
    var statedSize: UInt32?
    var statedStart: UInt32?
  }

  var entries: [Entry] = []

  init(pickle: [UInt8], storages: [String: [UInt8]] = [:]) {
    entries = [Entry(name: "a/data.pkl", bytes: pickle)]
    for (key, bytes) in storages { entries.append(Entry(name: "a/data/" + key, bytes: bytes)) }
  }

  var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let start = UInt32(file.count)
      let size = UInt32(entry.bytes.count)
      let common =
        le(20 as UInt16) + le(entry.flags) + le(entry.method) + le(0 as UInt32) + le(0 as UInt32)
      let name = Array(entry.name.utf8)
      let sizes = le(entry.statedSize ?? size) + le(size)
      file += le(0x0403_4b50 as UInt32) + common + le(size) + le(size)
      file += le(UInt16(name.count)) + le(0 as UInt16) + name + entry.bytes
      directory += le(0x0201_4b50 as UInt32) + le(0 as UInt16) + common
      directory += (entry.statedSize.map { le($0) + le($0) } ?? sizes) + le(UInt16(name.count))
      directory += [UInt8](repeating: 0, count: 12) + le(entry.statedStart ?? start) + name
    }
    let count = le(UInt16(entries.count))
    return file + directory + le(0x0605_4b50 as UInt32) + le(0 as UInt32) + count + count
      + le(UInt32(directory.count)) + le(UInt32(file.count)) + le(0 as UInt16)
  }
}

private func le<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
}

/// The pickle's instructions under their names.
private enum Code {
  static let start: [UInt8] = [0x80, 2]
  static let stop = Array(".".utf8)
  static func text(_ text: String) -> [UInt8] {
    Array("X".utf8) + le(UInt32(text.utf8.count)) + Array(text.utf8)
  }
  static func integer(_ value: Int) -> [UInt8] { [0x8a, 8] + le(value) }
  static func global(_ module: String, _ name: String) -> [UInt8] {
    Array("c\(module)\n\(name)\n".utf8)
  }
  static func tuple(_ parts: [UInt8]...) -> [UInt8] {
    Array("(".utf8) + parts.flatMap { $0 } + Array("t".utf8)
  }
  static func dictionary(_ pairs: [UInt8]...) -> [UInt8] {
    Array("}(".utf8) + pairs.flatMap { $0 } + Array("u".utf8)
  }
  static func tensor(
    kind: String = "FloatStorage", numel: Int = 4, offset: Int = 0, shape: [Int],
    strides: [Int]
  ) -> [UInt8] {
    let storage =
      tuple(text("storage"), global("torch", kind), text("0"), text("cpu"), integer(numel))
      + Array("Q".utf8)
    let arguments = tuple(
      storage, integer(offset), tuple(shape.flatMap(integer)), tuple(strides.flatMap(integer)),
      [0x89], Array("N".utf8))
    return global("torch._utils", "_rebuild_tensor_v2") + arguments + Array("R".utf8)
  }
}

@Suite final class `A hostile PyTorch archive` {
  private let folder: URL

  init() throws { folder = try Place.temporaryFolder() }

  deinit { try? FileManager.default.removeItem(at: folder) }  // best effort: a temporary folder

  @discardableResult
  private func read(_ bytes: [UInt8]) throws -> TorchArchive {
    let file = folder.appending(path: "a.pt")
    try Data(bytes).write(to: file)
    return try TorchArchive(file: file.path)
  }

  private func read(pickle: [UInt8], floats: Int = 4) throws -> TorchArchive {
    let storage = (0..<floats).flatMap { le(Float($0).bitPattern) }
    return try read(
      Archive(pickle: Code.start + pickle + Code.stop, storages: ["0": storage]).bytes)
  }

  private func error(_ body: () throws -> Void) -> TorchArchiveError? {
    #expect(throws: TorchArchiveError.self) { try body() }
  }

  private func read(tensor: [UInt8]) throws -> TorchArchive {
    try read(pickle: Code.dictionary(Code.text("w"), tensor))
  }

  @Test func `is refused, where an honest one is read`() throws {
    let honest = try read(tensor: Code.tensor(shape: [2, 2], strides: [2, 1]))
    #expect(try honest.tensor("w")?.floats() == [0, 1, 2, 3])
    let repeating = try read(tensor: Code.tensor(shape: [4], strides: [0]))
    #expect(try repeating.tensor("w")?.floats() == [0, 0, 0, 0])
  }

  @Test(arguments: [
    (offset: 0, shape: [5], strides: [1]), (1, [4], [1]), (0, [2, 2], [3, 1]), (-1, [1], [1]),
    (0, [2], [-1]), (0, [-2], [1]), (0, [2], [1, 1]), (0, [1 << 40], [0]),
    (0, [1 << 32, 1 << 32], [1, 1]), (Int.max, [2], [1]), (0, [2], [Int.max]),
    (0, [1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1]), (4, [], []),
    (0, [Int.max, 0, Int.max, -1], [1, 1, 1, 1]),
  ])
  func `reaches outside of no storage`(offset: Int, shape: [Int], strides: [Int]) {
    let tensor = Code.tensor(offset: offset, shape: shape, strides: strides)
    #expect(error { _ = try read(tensor: tensor) } == .misshapen(tensor: "w"))
  }

  @Test(arguments: [-1, 3, 5, Int.max]) func `states no other size than it has`(numel: Int) {
    let tensor = Code.tensor(numel: numel, shape: [1], strides: [1])
    #expect(
      error { _ = try read(tensor: tensor) }
        == .damaged(reason: "a storage does not have the size it should have"))
  }

  @Test(arguments: [
    ("posix", "system"), ("builtins", "eval"), ("os", "system"), ("torch", "load"),
    ("torch._utils", "_rebuild_device_tensor_from_numpy"), ("numpy.core.multiarray", "scalar"),
  ])
  func `runs nothing`(module: String, name: String) {
    let call = Code.global(module, name) + Code.tuple(Code.text("id")) + Array("R".utf8)
    #expect(
      error { _ = try read(pickle: call) } == .refused(what: "“\(module).\(name)”"))
    let stacked = Code.text(module) + Code.text(name) + [0x93]
    #expect(
      error { _ = try read(pickle: stacked) } == .refused(what: "“\(module).\(name)”"))
  }

  /// The old instructions, those for code, and the registered extensions.
  @Test(arguments: Array("iopIFLSVdPg2".utf8) + [0x82, 0x83, 0x84, 0x92, 0x96, 0x97, 0xff])
  func `speaks no other instruction`(code: UInt8) {
    #expect(
      error { _ = try read(pickle: [code]) }
        == .refused(what: "the pickle instruction \(code) at byte 2"))
  }

  @Test(arguments: ["t", "u", "e", "0", "a", "s", "R", "Q", "h\u{5}", "b", "q\u{0}", "]u", "}(Nu"])
  func `makes no sense of an empty stack`(text: String) {
    #expect(
      error { _ = try read(pickle: Array(text.utf8)) }
        == .damaged(reason: "its pickle makes no sense"))
  }

  @Test func `nests as deep as it likes`() {
    let deep = [UInt8](repeating: UInt8(ascii: "]"), count: 300_000)
    let closed = deep + [UInt8](repeating: UInt8(ascii: "a"), count: 299_999)
    #expect(error { _ = try read(pickle: closed) } == .noTensors)
    let tuples = Array(")".utf8) + [UInt8](repeating: 0x85, count: 300_000)
    #expect(error { _ = try read(pickle: tuples) } == .noTensors)
    let itself = Array("}q\u{0}".utf8) + Code.text("model") + Array("h\u{0}s".utf8)
    #expect(error { _ = try read(pickle: itself) } == .noTensors)
  }

  @Test func `remembers no more than Python counts`() {
    let far = Array("Nr".utf8) + le(0x7fff_ffff as UInt32)
    #expect(error { _ = try read(pickle: far) } == .tooLarge(what: "remembered values"))
  }

  @Test func `has a pickle of bounded size`() {
    let large = [UInt8](repeating: UInt8(ascii: "N"), count: 16 << 20)
    #expect(error { _ = try read(pickle: large) } == .tooLarge(what: "bytes in data.pkl"))
  }

  @Test func `is stored, not compressed or encrypted`() {
    var archive = Archive(pickle: Code.start + Code.stop)
    archive.entries[0].method = 8
    #expect(error { try read(archive.bytes) } == .compressed(entry: "a/data.pkl"))
    archive.entries[0].method = 0
    archive.entries[0].flags = 1
    #expect(error { try read(archive.bytes) } == .compressed(entry: "a/data.pkl"))
  }

  @Test func `has entries apart and inside of the file`() {
    var archive = Archive(pickle: Code.start + Code.stop, storages: ["0": [1, 2, 3, 4]])
    archive.entries[1].statedSize = 1 << 30
    #expect(
      error { try read(archive.bytes) } == .damaged(reason: "an entry reaches beyond the end"))
    archive.entries[1].statedSize = 60
    #expect(
      error { try read(archive.bytes) }
        == .damaged(reason: "an entry reaches into the directory"))
    archive.entries[1].statedSize = .max
    #expect(
      error { try read(archive.bytes) } == .damaged(reason: "an entry reaches beyond the end"))
    archive.entries[1].statedSize = nil
    archive.entries[0].statedSize = 50
    #expect(error { try read(archive.bytes) } == .damaged(reason: "entries overlap"))
    archive.entries[0].statedSize = nil
    for start in [0, 7, 1 << 30, UInt32.max] {
      archive.entries[1].statedStart = start
      #expect(throws: TorchArchiveError.self) { try read(archive.bytes) }
    }
  }

  @Test func `has one entry of a name`() {
    var archive = Archive(pickle: Code.start + Code.stop)
    archive.entries.append(archive.entries[0])
    #expect(
      error { try read(archive.bytes) } == .damaged(reason: "two entries have one name"))
    archive.entries[1].name = "b/data.pkl"
    #expect(
      error { try read(archive.bytes) } == .notAnArchive(reason: "it has no single data.pkl"))
  }

  @Test(arguments: ["torch_plain.pt", "torch_training.pt"])
  func `ends in an error or in numbers, wherever it is damaged`(name: String) throws {
    let whole = try Place.bytes(Place.golden("GroundingModelTests", name))
    let readAll = { (bytes: [UInt8]) in
      // Either is right; what counts is that it ends, inside of the file.
      guard let archive = try? self.read(bytes) else { return }
      for tensor in archive.tensors {
        let count = (try? tensor.floats().count) ?? (try? tensor.integers().count)
        #expect(count == tensor.count)
      }
    }
    for place in stride(from: 0, to: whole.count, by: 7) {
      var damaged = whole
      damaged[place] = [0xff, 0, damaged[place] ^ 0x80, damaged[place] &+ 1][place % 4]
      readAll(damaged)
      if place.isMultiple(of: 70) { readAll(Array(whole[..<place])) }
    }
  }
}
