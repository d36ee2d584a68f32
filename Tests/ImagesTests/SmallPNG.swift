/// Writes the PNG files that tests need, also wrong ones: stored deflate blocks, no filters.
struct SmallPNG {
  enum Colour: UInt8 {
    case grey = 0
    case rgb = 2
    case palette = 3
    case greyAlpha = 4
    case rgba = 6

    var channels: Int {
      switch self {
      case .grey, .palette: 1
      case .greyAlpha: 2
      case .rgb: 3
      case .rgba: 4
      }
    }
  }

  var width: Int
  var height: Int
  var depth: Int
  var colour: Colour
  /// Samples as the file stores them, row by row.
  var samples: [Int]
  /// Red, green, blue of each entry.
  var palette: [UInt8] = []
  /// Chunks between the header and the samples.
  var chunks: [(name: String, data: [UInt8])] = []

  var bytes: [UInt8] {
    var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    bytes += Self.chunk(
      "IHDR", Self.big(width) + Self.big(height) + [UInt8(depth), colour.rawValue, 0, 0, 0])
    if !palette.isEmpty { bytes += Self.chunk("PLTE", palette) }
    for chunk in chunks { bytes += Self.chunk(chunk.name, chunk.data) }
    bytes += Self.chunk("IDAT", Self.stored(rows))
    return bytes + Self.chunk("IEND", [])
  }

  private var rows: [UInt8] {
    if samples.isEmpty { return [] }
    let count = width * colour.channels
    return (0..<height).flatMap { row -> [UInt8] in
      var bits: [UInt8] = []
      for sample in samples[row * count..<(row + 1) * count] {
        for bit in (0..<depth).reversed() { bits.append(UInt8(sample >> bit & 1)) }
      }
      while !bits.count.isMultiple(of: 8) { bits.append(0) }
      return [0]
        + stride(from: 0, to: bits.count, by: 8).map {
          bits[$0..<$0 + 8].reduce(0) { $0 << 1 | $1 }
        }
    }
  }

  static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + data
    return big(data.count) + body + big(Int(checksum(body)))
  }

  static func big(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  /// CRC-32 of ISO 3309.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(0xFFFF_FFFF as UInt32) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in
        sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1
      }
    }
  }

  /// A zlib stream of one stored block of at most 65,535 bytes.
  static func stored(_ bytes: [UInt8]) -> [UInt8] {
    let count = UInt16(bytes.count)
    var (a, b) = (1, 0)
    for byte in bytes {
      a = (a + Int(byte)) % 65_521
      b = (b + a) % 65_521
    }
    let lengths = [count, ~count].flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    return [0x78, 0x01, 0x01] + lengths + bytes + big(b << 16 | a)
  }
}
