import Images
import Testing

@Suite struct `PNG files` {
  private static let ramp = [0, 1, 2, 3, 2, 1]

  @Test(arguments: [1, 3], [8, 16])
  func `come back as they were written`(channels: Int, bits: Int) throws {
    let count = 7 * 5 * channels
    let samples: Picture.Samples =
      bits == 8
      ? .eight((0..<count).map { UInt8($0 * 37 % 256) })
      : .sixteen((0..<count).map { UInt16($0 * 6151 % 65_536) })
    let picture = Picture(width: 7, height: 5, channels: channels, samples: samples)
    #expect(try Picture.decode(PNG.encode(picture)) == picture)
  }

  @Test(arguments: [(1, 255), (2, 85), (4, 17), (8, 1)])
  func `with few grey bits are stretched to eight`(depth: Int, factor: Int) throws {
    let samples = Self.ramp.map { $0 & ((1 << depth) - 1) }
    let file = SmallPNG(width: 3, height: 2, depth: depth, colour: .grey, samples: samples)
    let picture = try Picture.decode(file.bytes)
    #expect(picture.channels == 1)
    #expect(picture.samples == .eight(samples.map { UInt8($0 * factor) }))
  }

  @Test func `with sixteen bits keep all of them`() throws {
    let file = SmallPNG(
      width: 2, height: 2, depth: 16, colour: .grey, samples: [0, 1, 0x1234, 0xFFFF])
    #expect(try Picture.decode(file.bytes).samples == .sixteen([0, 1, 0x1234, 0xFFFF]))
  }

  @Test(arguments: [1, 2, 4, 8])
  func `with a palette become colour`(depth: Int) throws {
    let file = SmallPNG(
      width: 3, height: 1, depth: depth, colour: .palette, samples: [1, 0, 1],
      palette: [9, 8, 7, 100, 110, 120], chunks: [("tRNS", [0, 128])])
    let picture = try Picture.decode(file.bytes)
    #expect(picture.channels == 3)
    #expect(picture.samples == .eight([100, 110, 120, 9, 8, 7, 100, 110, 120]))
  }

  @Test func `lose their alpha, and keep the intensity under it`() throws {
    let grey = SmallPNG(
      width: 2, height: 1, depth: 8, colour: .greyAlpha, samples: [200, 0, 90, 255])
    #expect(try Picture.decode(grey.bytes).samples == .eight([200, 90]))
    let deep = SmallPNG(
      width: 1, height: 1, depth: 16, colour: .rgba, samples: [1000, 2000, 3000, 1])
    #expect(try Picture.decode(deep.bytes).samples == .sixteen([1000, 2000, 3000]))
    let keyed = SmallPNG(
      width: 2, height: 1, depth: 8, colour: .grey, samples: [7, 8], chunks: [("tRNS", [0, 7])])
    #expect(try Picture.decode(keyed.bytes).samples == .eight([7, 8]))
  }

  @Test func `may carry text and profiles that nobody can read`() throws {
    var file = SmallPNG(width: 1, height: 1, depth: 8, colour: .grey, samples: [5])
    file.chunks = [("iCCP", [1, 2, 3]), ("gAMA", [0]), ("zTXt", [0, 0, 0]), ("quUx", [4])]
    #expect(try Picture.decode(file.bytes).samples == .eight([5]))
  }

  @Test func `are refused when one bit of a chunk is wrong`() throws {
    var file = SmallPNG(width: 3, height: 2, depth: 8, colour: .grey, samples: Self.ramp)
    file.chunks = [("tEXt", Array("Title\0chest".utf8))]
    let bytes = file.bytes
    for index in bytes.indices.dropFirst(8) {
      var wrong = bytes
      wrong[index] ^= 0x10
      #expect(throws: ImageError.self, "byte \(index)") { try Picture.decode(wrong) }
    }
  }

  @Test func `are refused wherever they are cut off`() throws {
    let bytes = SmallPNG(width: 3, height: 2, depth: 8, colour: .grey, samples: Self.ramp).bytes
    for count in 8..<bytes.count {
      #expect(throws: ImageError.truncated(.png), "\(count) bytes") {
        try Picture.decode(Array(bytes[..<count]))
      }
    }
  }

  @Test func `that ask for too much are refused by name before memory is taken`() throws {
    func file(_ width: Int, _ height: Int) -> [UInt8] {
      SmallPNG(width: width, height: height, depth: 1, colour: .grey, samples: []).header
    }
    let limits = ImageLimits(pixelsMax: 1000, sideMax: 100, memoryBytesMax: 400)
    #expect(throws: ImageError.sideTooLong(width: 101, height: 1, sideMax: 100)) {
      try Picture.decode(file(101, 1), limits: limits)
    }
    #expect(throws: ImageError.tooManyPixels(width: 50, height: 21, pixelsMax: 1000)) {
      try Picture.decode(file(50, 21), limits: limits)
    }
    #expect(throws: ImageError.tooMuchMemory(bytesMax: 400)) {
      try Picture.decode(file(30, 30), limits: limits)
    }
    #expect(throws: ImageError.self) { try Picture.decode(file(0x7FFF_FFFF, 0x7FFF_FFFF)) }
    #expect(throws: ImageError.self) { try Picture.decode(file(0, 5)) }
  }
}

extension SmallPNG {
  /// The signature and the first chunk alone.
  var header: [UInt8] { Array(bytes.prefix(33)) }
}
