internal import CDeflate

extension PNG {
  /// The same file with samples that are not compressed: libdeflate unpacks them about twice as fast as zlib, which
  /// libpng has. Checksums have been compared: those of the chunks, and that of the samples.
  ///
  /// libdeflate takes some streams that break a rule of deflate and zlib refuses; what they hold is certain all the
  /// same, and their checksum is right.
  ///
  /// - bytesMax: of memory, with that for the picture.
  /// - Returns: nil for what is rare (interlaced, a palette, less than 8 bits), would take too much memory, or has
  ///   chunks or samples that are not whole; libpng judges that, and all else.
  static func unpacked(_ file: UnsafeBufferPointer<UInt8>, bytesMax: Int) -> [UInt8]? {
    guard let chunks = PNGChunks(file), let rowBytes = chunks.rowBytes else { return nil }
    let rawBytes = rowBytes * chunks.height
    guard 2 * rawBytes + 2 * file.count <= bytesMax, rawBytes < 1 << 30 else { return nil }
    let packed = chunks.data(of: file)
    // The window that the stream may go back by, which libdeflate does not look at: 7 is the largest.
    guard let window = packed.first.map({ Int($0 >> 4) }), window >= 7 || rawBytes <= 256 << window
    else { return nil }
    let stored = StoredData(rawBytes: rawBytes)
    let (before, after) = (file[..<chunks.before], file[chunks.after])
    let count = before.count + stored.chunkBytes + after.count
    var isWhole = false
    let result = [UInt8](unsafeUninitializedCapacity: count) { result, initialized in
      let chunk = UnsafeMutableBufferPointer(
        rebasing: result[before.count..<before.count + stored.chunkBytes])
      isWhole = stored.fill(chunk, unpacking: packed)
      guard isWhole else { return }
      _ = result.update(fromContentsOf: before)
      _ = result[(count - after.count)...].update(fromContentsOf: after)
      initialized = count
    }
    return isWhole ? result : nil
  }
}

/// Where the chunks of a plain PNG file are, whose checksums are right.
private struct PNGChunks {
  /// The end of what comes before the samples.
  private(set) var before = 0
  /// What comes after them, to the end of the last chunk.
  private(set) var after = 0..<0
  private(set) var height = 0
  /// Of a row as it is filtered; nil for rare kinds of rows.
  private(set) var rowBytes: Int?

  private static let signature: [UInt8] = [137, 80, 78, 71, 13, 10, 26, 10]
  private static let header = word("IHDR"), data = word("IDAT"), end = word("IEND")

  /// Nil for a file that is not whole, or has samples in several places.
  init?(_ file: UnsafeBufferPointer<UInt8>) {
    guard file.starts(with: Self.signature) else { return nil }
    var place = 8
    while file.count - place >= 12 {
      let (length, name) = (Self.number(file, place), Self.number(file, place + 4))
      guard length <= file.count - place - 12 else { return nil }
      let next = place + 12 + length
      let sum = libdeflate_crc32(0, file.baseAddress.map { $0 + place + 4 }, 4 + length)
      guard Int(sum) == Self.number(file, next - 4) else { return nil }
      guard (place == 8) == (name == Self.header) else { return nil }
      switch name {
      case Self.header:
        guard length == 13 else { return nil }
        height = Self.number(file, place + 12)
        rowBytes = Self.rowBytes(
          width: Self.number(file, place + 8), Array(file[place + 16..<place + 21]))
      case Self.data:
        guard before == 0 || after.lowerBound == place else { return nil }
        if before == 0 { before = place }
        after = next..<next
      case Self.end:
        guard before > 0 else { return nil }
        after = after.lowerBound..<next
        return
      default: break
      }
      place = next
    }
    return nil
  }

  /// What the samples are packed in: the content of chunks that lie side by side.
  func data(of file: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var data: [UInt8] = []
    data.reserveCapacity(after.lowerBound - before)
    var place = before
    while place < after.lowerBound {
      let length = Self.number(file, place)
      data += file[place + 8..<place + 8 + length]
      place += 12 + length
    }
    return data
  }

  /// - kind: bits, color type, compression, filter, interlacing.
  private static func rowBytes(width: Int, _ kind: [UInt8]) -> Int? {
    let channels = [0: 1, 2: 3, 4: 2, 6: 4][kind[1]]
    guard kind[0] == 8 || kind[0] == 16, let channels, kind[2...] == [0, 0, 0] else { return nil }
    return width * channels * Int(kind[0] / 8) + 1
  }

  private static func number(_ file: UnsafeBufferPointer<UInt8>, _ place: Int) -> Int {
    file[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
  }

  private static func word(_ name: String) -> Int { name.utf8.reduce(0) { $0 << 8 | Int($1) } }
}

/// A chunk of samples that are stored, not packed (RFC 1950 and 1951).
private struct StoredData {
  let rawBytes: Int

  private static let blockMax = 65_535

  private var blocks: Int { max(1, (rawBytes + Self.blockMax - 1) / Self.blockMax) }
  /// Two bytes, each block after five more, and the checksum.
  private var dataBytes: Int { 2 + 5 * blocks + rawBytes + 4 }
  /// With length, name and checksum.
  var chunkBytes: Int { 12 + dataBytes }

  /// - Returns: false when what is packed is not exactly so many bytes.
  func fill(_ chunk: UnsafeMutableBufferPointer<UInt8>, unpacking packed: [UInt8]) -> Bool {
    guard let base = chunk.baseAddress, let unpacker = libdeflate_alloc_decompressor() else {
      return false
    }
    defer { libdeflate_free_decompressor(unpacker) }
    // Where the last block will end: blocks move to the front, to make room for what stands before each.
    let raw = base + 10 + 5 * blocks
    var (taken, given) = (0, 0)
    let status = libdeflate_zlib_decompress_ex(
      unpacker, packed, packed.count, raw, rawBytes, &taken, &given)
    guard status == LIBDEFLATE_SUCCESS, taken == packed.count, given == rawBytes else {
      return false
    }
    let sum = libdeflate_adler32(1, raw, rawBytes)
    Self.write(UInt32(dataBytes), to: base)
    for (index, byte) in "IDAT".utf8.enumerated() { base[4 + index] = byte }
    (base[8], base[9]) = (0x78, 0x01)
    for block in 0..<blocks {
      let start = block * Self.blockMax
      let count = min(Self.blockMax, rawBytes - start)
      let place = base + 10 + start + 5 * block
      place[0] = block == blocks - 1 ? 1 : 0
      (place[1], place[2]) = (UInt8(count & 255), UInt8(count >> 8))
      (place[3], place[4]) = (~place[1], ~place[2])
      (place + 5).update(from: raw + start, count: count)
    }
    Self.write(sum, to: base + 8 + dataBytes - 4)
    Self.write(libdeflate_crc32(0, base + 4, 4 + dataBytes), to: base + 8 + dataBytes)
    return true
  }

  private static func write(_ number: UInt32, to place: UnsafeMutablePointer<UInt8>) {
    for index in 0..<4 { place[index] = UInt8(truncatingIfNeeded: number >> (24 - 8 * index)) }
  }
}
