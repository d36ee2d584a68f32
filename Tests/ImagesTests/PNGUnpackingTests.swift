import Testing

@testable import Images

@Suite struct `PNG files whose samples libdeflate unpacks` {
  private let limits = ImageLimits()

  /// Of sizes that are stored in one block, in one that is full, and in several.
  private static let sizes = [(7, 5), (254, 257), (300, 221), (1, 1)]

  private func picture(_ width: Int, _ height: Int, channels: Int, bits: Int) -> Picture {
    let values = (0..<width * height * channels).map { ($0 * 6_151 ^ $0 >> 3) & 0xFFFF }
    return Picture(
      width: width, height: height, channels: channels,
      samples: bits == 8
        ? .eight(values.map { UInt8($0 & 0xFF) }) : .sixteen(values.map { UInt16($0) }))
  }

  private func unpacked(_ bytes: [UInt8], bytesMax: Int = .max) -> [UInt8]? {
    bytes.withUnsafeBufferPointer { PNG.unpacked($0, bytesMax: bytesMax) }
  }

  /// What they are unpacked to is a file in order, with checksums that libpng compares here.
  @Test(arguments: sizes, [8, 16])
  func `are the same`(size: (width: Int, height: Int), bits: Int) throws {
    for channels in [1, 3] {
      let picture = picture(size.width, size.height, channels: channels, bits: bits)
      let bytes = PNG.encode(picture)
      let plain = try #require(unpacked(bytes), "\(size), \(channels) × \(bits)")
      for isChecked in [false, true] {
        #expect(try PNG.read(plain, isChecked: isChecked, limits: limits) == picture)
      }
      #expect(try PNG.read(bytes, limits: limits) == picture)
      #expect(unpacked(plain) == plain)
    }
  }

  @Test func `with alpha are the same`() throws {
    for (colour, samples) in [(SmallPNG.Colour.greyAlpha, [200, 0]), (.rgba, [1, 2, 3, 4])] {
      let file = SmallPNG(width: 1, height: 1, depth: 16, colour: colour, samples: samples)
      let plain = try #require(unpacked(file.bytes))
      let picture = try PNG.read(plain, isChecked: true, limits: limits)
      #expect(try picture == PNG.read(file.bytes, limits: limits))
    }
  }

  @Test func `keep the chunks around them, and lose what comes after the last`() throws {
    var file = SmallPNG(width: 1, height: 1, depth: 8, colour: .grey, samples: [5])
    file.chunks = [("tEXt", Array("Title\0chest".utf8))]
    var bytes = file.bytes
    #expect(unpacked(bytes) == bytes)
    #expect(unpacked(bytes + [1, 2, 3]) == bytes)
    let time = SmallPNG.chunk("tIME", [7, 0xE0, 1, 1, 0, 0, 0])
    bytes.insert(contentsOf: time, at: bytes.count - 12)
    #expect(unpacked(bytes) == bytes)
  }

  /// Palettes and few bits; no memory; two places of samples.
  @Test func `are left alone where they are rare`() throws {
    let palette = SmallPNG(
      width: 1, height: 1, depth: 8, colour: .palette, samples: [0], palette: [9, 8, 7])
    #expect(unpacked(palette.bytes) == nil)
    let bits = SmallPNG(width: 1, height: 1, depth: 4, colour: .grey, samples: [7])
    #expect(unpacked(bits.bytes) == nil)
    let bytes = PNG.encode(picture(30, 30, channels: 1, bits: 8))
    #expect(unpacked(bytes, bytesMax: 2_000) == nil && unpacked(bytes, bytesMax: 10_000) != nil)
    var wordy = SmallPNG(width: 1, height: 1, depth: 8, colour: .grey, samples: [5])
    wordy.chunks = [("tEXt", Array("a\0".utf8) + [UInt8](repeating: 98, count: 9_000))]
    #expect(unpacked(wordy.bytes, bytesMax: 10_000) == nil)
    var parted = SmallPNG(width: 1, height: 1, depth: 8, colour: .grey, samples: [5])
    parted.chunks = [("IDAT", []), ("tEXt", Array("a\0b".utf8))]
    #expect(unpacked(parted.bytes) == nil)
  }

  /// Each byte of a file is changed, without its chunk's checksum and with it, and each length is tried: libpng alone
  /// says the same of it.
  @Test(arguments: [8, 16])
  func `are refused as libpng refuses them`(bits: Int) throws {
    let sound = PNG.encode(picture(9, 6, channels: 1, bits: bits))
    let row = 9 * bits / 8 + 1
    var files = (0..<sound.count).map { Array(sound[..<$0]) }
    for index in sound.indices {
      for change in [0x01, 0x80, 0xFF] as [UInt8] {
        var file = sound
        file[index] ^= change
        files.append(file)
      }
    }
    let data = 33..<sound.count - 12  // one chunk
    for index in data.dropFirst(8).dropLast(4) {
      for change in [0x01, 0x80, 0xFF] as [UInt8] {
        var content = Array(sound[data.dropFirst(8).dropLast(4)])
        content[index - data.lowerBound - 8] ^= change
        files.append(
          Array(sound[..<33]) + SmallPNG.chunk("IDAT", content) + SmallPNG.chunk("IEND", []))
      }
    }
    // Checksums that are right around what is wrong: a filter, a block's length, one sample more or less.
    var raw = [UInt8](repeating: 7, count: 6 * row)
    for filter in 0..<6 { raw[filter * row] = UInt8(filter) }
    for data in [raw, raw + [0], Array(raw.dropLast()), []] {
      let header = Array(sound[..<33])
      files.append(
        header + SmallPNG.chunk("IDAT", SmallPNG.stored(data)) + SmallPNG.chunk("IEND", []))
    }
    var refused = 0
    for file in files {
      let answer = Result { () throws(ImageError) in try PNG.decode(file, limits: limits) }
      let expected = plain(file)
      #expect(answer == expected, "\(file)")
      if case .failure = answer { refused += 1 }
    }
    #expect(refused > sound.count)
  }

  /// It says that 256 bytes are enough, and goes back further.
  @Test func `of too small a window are refused`() throws {
    let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    let data: [UInt8] = [
      0x18, 0x19, 0xED, 0xD7, 0x39, 0x01, 0x00, 0x00, 0x08, 0xC4, 0x30, 0x9E, 0x01, 0xFF, 0x8E,
      0x11, 0x72, 0x89, 0x84, 0x6E, 0xED, 0x03, 0x80, 0x60, 0x2B, 0x01, 0x00, 0xC9, 0x4A, 0x02,
      0x00, 0x1C, 0x21, 0x00, 0x84, 0x1A, 0x09, 0x00, 0x70, 0x84, 0x00, 0xE0, 0x08, 0x01, 0x20,
      0xCF, 0x03, 0xF2, 0x00, 0x58, 0xA6, 0x16, 0x9F,
    ]
    let header = SmallPNG.big(300) + SmallPNG.big(7) + [16, 2, 0, 0, 0]
    let whole =
      signature + SmallPNG.chunk("IHDR", header) + SmallPNG.chunk("IDAT", data)
      + SmallPNG.chunk("IEND", [])
    #expect(unpacked(whole) == nil)
    #expect(throws: ImageError.self) { try PNG.decode(whole, limits: limits) }
  }

  private func plain(_ file: [UInt8]) -> Result<Picture, ImageError> {
    Result { () throws(ImageError) in
      _ = try PNG.size(in: file, limits: limits)
      return try PNG.read(file, limits: limits)
    }
  }
}
