/// The table of contents of PyTorch's zip archive (PKWARE's APPNOTE 6.3.9, sections 4.3 and 4.5).
///
/// PyTorch stores every entry as it is and always adds the records for archives above 4 GiB.
struct TorchEntries {
  /// The description of the weights.
  let pickle: TorchBytes
  /// The numbers, by the keys that the pickle calls them by.
  let storages: [String: TorchBytes]

  private static let entriesMax = 200_000
  private static let pickleBytesMax = 16 << 20

  init(in mapping: TorchMapping) throws(TorchArchiveError) {
    let file = ZipReader(mapping: mapping)
    let directory = try file.directory()
    guard directory.count <= Self.entriesMax else { throw .tooLarge(what: "entries") }
    var found: [String: TorchBytes] = [:]
    var position = directory.range.lowerBound
    for _ in 0..<directory.count {
      let (name, bytes) = try file.entry(at: &position, in: directory.range)
      guard found.updateValue(bytes, forKey: name) == nil else {
        throw .damaged(reason: "two entries have one name")
      }
    }
    try Self.checkApart(found.values.map(\.range), before: directory.range.lowerBound)
    try self.init(found)
  }

  private init(_ entries: [String: TorchBytes]) throws(TorchArchiveError) {
    let pickles = entries.keys.filter { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }
    guard pickles.count == 1, let name = pickles.first, let pickle = entries[name] else {
      throw .notAnArchive(reason: "it has no single data.pkl")
    }
    let folder = String(name.dropLast("data.pkl".count))
    guard entries[folder + "constants.pkl"] == nil else { throw .script }
    if let order = entries[folder + "byteorder"], order.bytes != Array("little".utf8) {
      throw .refused(what: "numbers in big-endian order")
    }
    guard pickle.count <= Self.pickleBytesMax else { throw .tooLarge(what: "bytes in data.pkl") }
    var storages: [String: TorchBytes] = [:]
    for (name, bytes) in entries where name.hasPrefix(folder + "data/") {
      storages[String(name.dropFirst(folder.count + 5))] = bytes
    }
    self.pickle = pickle
    self.storages = storages
  }

  private static func checkApart(
    _ ranges: [Range<Int>], before end: Int
  ) throws(TorchArchiveError) {
    var reached = 0
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
      guard range.lowerBound >= reached else { throw .damaged(reason: "entries overlap") }
      reached = range.upperBound
    }
    guard reached <= end else { throw .damaged(reason: "an entry reaches into the directory") }
  }
}

/// Reads the records of a zip archive, each within the bounds of the file.
private struct ZipReader {
  let mapping: TorchMapping

  struct Directory {
    var range: Range<Int>
    var count: Int
  }

  /// From the record at the very end, or the larger one that it points to.
  func directory() throws(TorchArchiveError) -> Directory {
    try checkStart()
    let end = try endRecord()
    var (count, size) = (Int(try small(end + 10)), Int(try word(end + 12)))
    var start = Int(try word(end + 16))
    if end >= 20, try word(end - 20) == 0x0706_4b50 {
      let large = try offset(end - 12)
      guard large <= end - 76, try word(large) == 0x0606_4b50 else {
        throw .damaged(reason: "its zip64 record is missing")
      }
      (count, size, start) = (
        try offset(large + 32), try offset(large + 40), try offset(large + 48)
      )
    }
    let (stop, isTooLarge) = start.addingReportingOverflow(size)
    guard !isTooLarge, stop <= end else { throw .damaged(reason: "its directory is cut off") }
    return Directory(range: start..<stop, count: count)
  }

  /// The entry whose record is at `position`, which moves behind it.
  func entry(
    at position: inout Int, in directory: Range<Int>
  ) throws(TorchArchiveError) -> (String, TorchBytes) {
    guard position + 46 <= directory.upperBound, try word(position) == 0x0201_4b50 else {
      throw .damaged(reason: "its directory is cut off")
    }
    let nameSize = Int(try small(position + 28))
    let extraSize = Int(try small(position + 30))
    let next = position + 46 + nameSize + extraSize + Int(try small(position + 32))
    guard next <= directory.upperBound else { throw .damaged(reason: "its directory is cut off") }
    let name = try text(position + 46, count: nameSize)
    var sizes = EntrySizes(
      stored: Int(try word(position + 20)), original: Int(try word(position + 24)),
      start: Int(try word(position + 42)))
    try readLarge(&sizes, position + 46 + nameSize, count: extraSize)
    let (flags, method) = (try small(position + 8), try small(position + 10))
    guard flags & 1 == 0, method == 0, sizes.stored == sizes.original else {
      // The source text of a script is what PyTorch itself compresses.
      throw name.contains("/code/")
        ? .script : .compressed(entry: TorchArchiveError.printable(name))
    }
    position = next
    return (name, try content(name, sizes))
  }

  private struct EntrySizes {
    var stored, original, start: Int
  }

  private func content(
    _ name: String, _ sizes: EntrySizes
  ) throws(TorchArchiveError) -> TorchBytes {
    guard try word(sizes.start) == 0x0403_4b50 else {
      throw .damaged(reason: "an entry is not where the directory says")
    }
    let nameSize = Int(try small(sizes.start + 26))
    guard try text(sizes.start + 30, count: nameSize) == name else {
      throw .damaged(reason: "an entry has two names")
    }
    let start = sizes.start + 30 + nameSize + Int(try small(sizes.start + 28))
    guard let bytes = TorchBytes(mapping, at: start, count: sizes.stored) else {
      throw .damaged(reason: "an entry reaches beyond the end")
    }
    return bytes
  }

  /// Numbers that need more than 32 bits stand in the extra field 1, those that do and no others.
  private func readLarge(
    _ sizes: inout EntrySizes, _ start: Int, count: Int
  ) throws(TorchArchiveError) {
    let full = Int(UInt32.max)
    guard [sizes.stored, sizes.original, sizes.start].contains(full) else { return }
    var field = start
    while field + 4 <= start + count {
      let (id, size) = (try small(field), Int(try small(field + 2)))
      guard field + 4 + size <= start + count else { break }
      if id == 1 {
        var next = field + 4
        let stop = next + size
        for key in [\EntrySizes.original, \.stored, \.start] where sizes[keyPath: key] == full {
          guard next + 8 <= stop else { break }
          sizes[keyPath: key] = try offset(next)
          next += 8
        }
        return
      }
      field += 4 + size
    }
  }

  private func checkStart() throws(TorchArchiveError) {
    let first = mapping.bytes.prefix(14)
    if first.starts(with: [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50])
    {
      throw .legacyFormat
    }
    guard first.starts(with: [0x50, 0x4b, 3, 4]) else {
      throw .notAnArchive(reason: "it is no zip archive")
    }
  }

  /// The last record may be followed by a comment of at most 64 KiB.
  private func endRecord() throws(TorchArchiveError) -> Int {
    var position = mapping.count - 22
    let first = max(0, position - 65535)
    while position >= first {
      if try word(position) == 0x0605_4b50,
        position + 22 + Int(try small(position + 20)) == mapping.count
      {
        return position
      }
      position -= 1
    }
    throw .damaged(reason: "it has no end record")
  }

  private func text(_ position: Int, count: Int) throws(TorchArchiveError) -> String {
    guard let bytes = TorchBytes(mapping, at: position, count: count) else {
      throw .damaged(reason: "a name reaches beyond the end")
    }
    guard let text = String(validating: bytes.bytes, as: UTF8.self) else {
      throw .damaged(reason: "a name is not UTF-8")
    }
    return text
  }

  private func small(_ position: Int) throws(TorchArchiveError) -> UInt16 {
    try number(position)
  }

  private func word(_ position: Int) throws(TorchArchiveError) -> UInt32 {
    try number(position)
  }

  private func offset(_ position: Int) throws(TorchArchiveError) -> Int {
    let value: UInt64 = try number(position)
    guard value <= UInt64(Int.max / 2) else { throw .damaged(reason: "a size is impossible") }
    return Int(value)
  }

  private func number<Value: FixedWidthInteger & BitwiseCopyable>(
    _ position: Int
  ) throws(TorchArchiveError) -> Value {
    guard position >= 0, position <= mapping.count - MemoryLayout<Value>.size else {
      throw .damaged(reason: "a record reaches beyond the end")
    }
    return Value(
      littleEndian: mapping.bytes.loadUnaligned(fromByteOffset: position, as: Value.self))
  }
}
