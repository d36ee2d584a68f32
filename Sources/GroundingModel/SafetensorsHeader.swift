internal import JSON
internal import Tensors

/// The header of a safetensors file, every claim of which has been checked against the file's size.
///
/// A file is: length of the header (8 bytes, little-endian), header (JSON), numbers. Tensors cover
/// the numbers without gap or overlap.
struct SafetensorsHeader {
  struct Entry {
    let facts: TensorFacts
    /// Offset from the start of the file, in bytes.
    let offset: Int
  }

  /// In the order in which the numbers lie.
  private(set) var names: [String] = []
  private(set) var entries: [String: Entry] = [:]
  private(set) var metadata: [String: String] = [:]

  /// The full-size network has 851 tensors, and a header of 95 kB with 6,400 values.
  static let bytesMax = 8 << 20
  static let tensorsMax = 16_384
  static let valuesMax = 200_000
  private static let ranksMax = 8

  /// - header: bytes 8 …, as many as the first 8 bytes say; fileSize: in bytes.
  init(_ header: [UInt8], fileSize: Int) throws(CheckpointError) {
    let values = valuesOfJSON(header)
    guard values <= Self.valuesMax else {
      throw .malformed(reason: "a header of \(values) values; at most \(Self.valuesMax) are read")
    }
    let root: JSON
    do { root = try JSON(parsing: header) } catch {
      throw .malformed(reason: "the header is \(error)")
    }
    guard let members = root.members else { throw .malformed(reason: "the header is no object") }
    guard members.count <= Self.tensorsMax else {
      throw .malformed(reason: "\(members.count) tensors; at most \(Self.tensorsMax) are read")
    }
    let start = 8 + header.count
    for member in members {
      if member.name == "__metadata__" {
        try read(metadata: member.value)
      } else {
        entries[member.name] = try Self.entry(
          member.name, member.value, start: start, dataSize: fileSize - start)
      }
    }
    try checkCoverage(start: start, fileSize: fileSize)
  }

  private mutating func read(metadata value: JSON) throws(CheckpointError) {
    guard let members = value.members else { throw .malformed(reason: "metadata is no object") }
    for member in members {
      guard let text = member.value.string else {
        throw .malformed(reason: "metadata is not all text")
      }
      metadata[member.name] = text
    }
  }

  private static func entry(_ name: String, _ value: JSON, start: Int, dataSize: Int)
    throws(CheckpointError) -> Entry
  {
    guard let code = value["dtype"]?.string else {
      throw .malformed(reason: "tensor “\(name)” has no dtype")
    }
    guard let type = StoredType(rawValue: code) else {
      throw .malformed(reason: "tensor “\(name)” has an unknown dtype")
    }
    guard let sizes = value["shape"]?.array, sizes.count <= ranksMax else {
      throw .malformed(reason: "tensor “\(name)” has no shape of at most \(ranksMax) sizes")
    }
    var shape: [Int] = []
    var bytes = type.size
    for size in sizes {
      guard let size = size.integer, 0 <= size else {
        throw .malformed(reason: "tensor “\(name)” has an impossible shape")
      }
      let (product, overflows) = bytes.multipliedReportingOverflow(by: max(1, Int(size)))
      guard !overflows, product <= Int.max / 2 else {
        throw .malformed(reason: "tensor “\(name)” has an impossible shape")
      }
      bytes = product
      shape.append(Int(size))
    }
    if shape.contains(0) { bytes = 0 }
    guard let range = value["data_offsets"]?.array, range.count == 2,
      let begin = range[0].integer, let end = range[1].integer,
      0 <= begin, begin <= end, end <= dataSize
    else { throw .malformed(reason: "tensor “\(name)” lies outside the file") }
    guard end - begin == bytes else {
      throw .malformed(
        reason: "tensor “\(name)” has \(end - begin) bytes; its shape needs \(bytes)")
    }
    return Entry(facts: TensorFacts(type: type, shape: shape), offset: start + Int(begin))
  }

  private mutating func checkCoverage(start: Int, fileSize: Int) throws(CheckpointError) {
    let sorted = entries.sorted {
      ($0.value.offset, $0.value.facts.count, $0.key)
        < ($1.value.offset, $1.value.facts.count, $1.key)
    }
    var reached = start
    for (name, entry) in sorted {
      guard entry.offset == reached else {
        let fault = entry.offset < reached ? "overlaps another" : "leaves a gap before it"
        throw .malformed(reason: "tensor “\(name)” \(fault)")
      }
      reached += entry.facts.count * entry.facts.type.size
      names.append(name)
    }
    guard reached == fileSize else {
      throw .malformed(reason: "\(fileSize - reached) bytes belong to no tensor")
    }
  }
}
