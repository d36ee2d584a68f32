import Images
import TestKit
import Testing

/// The golden files show four flat fields of 16×8 pixels.
@Suite struct `JPEG files` {
  private static let colours = [[200, 40, 40], [40, 180, 60], [30, 60, 200], [220, 210, 40]]

  /// By EXIF orientation, the field at the upper left and right, then below; 0 and 9 are not valid.
  private static let orders: [[Int]] = [
    [0, 1, 2, 3], [0, 1, 2, 3], [1, 0, 3, 2], [3, 2, 1, 0], [2, 3, 0, 1], [0, 2, 1, 3],
    [2, 0, 3, 1], [3, 1, 2, 0], [1, 3, 0, 2], [0, 1, 2, 3],
  ]

  private static func file(_ name: String) throws -> [UInt8] {
    try Place.bytes(Place.golden("ImagesTests", "fields_\(name).jpg"))
  }

  @Test func `in grey have one channel`() throws {
    let picture = try Picture.decode(Self.file("grey"))
    #expect([picture.width, picture.height, picture.channels, picture.bitDepth] == [32, 16, 1, 8])
    expectFields(picture, [[88], [124], [67], [194]])
  }

  @Test(arguments: ["colour", "progressive", "cmyk"])
  func `in colour become red, green and blue`(name: String) throws {
    let picture = try Picture.decode(Self.file(name))
    #expect([picture.width, picture.height, picture.channels, picture.bitDepth] == [32, 16, 3, 8])
    expectFields(picture, Self.colours)
  }

  @Test(arguments: orders.enumerated().map { ($0, $1) })
  func `are turned upright`(index: Int, order: [Int]) throws {
    for isLittle in [true, false] {
      let bytes = try Self.file("colour").tagged(UInt8(index), isLittle: isLittle)
      let picture = try Picture.decode(bytes)
      #expect(picture.width == (5...8 ~= index ? 16 : 32))
      #expect(picture.height == (5...8 ~= index ? 32 : 16))
      expectFields(picture, order.map { Self.colours[$0] })
    }
  }

  @Test func `with broken EXIF stay as they are`() throws {
    let sound = try Self.file("colour").tagged(6, isLittle: true)
    for index in 12..<38 {
      for value in [0, 0x7F, 0xFF] as [UInt8] {
        var bytes = sound
        bytes[index] = value
        #expect(try Picture.decode(bytes).channels == 3)
      }
    }
  }

  @Test(arguments: ["grey", "colour", "progressive", "cmyk"])
  func `are refused wherever they are cut off`(name: String) throws {
    let bytes = try Self.file(name)
    for count in 4..<bytes.count {
      #expect(throws: ImageError.self, "\(count) bytes") {
        try Picture.decode(Array(bytes[..<count]))
      }
    }
    #expect(throws: ImageError.truncated(.jpeg)) {
      try Picture.decode(Array(bytes.dropLast(20)))
    }
  }

  @Test func `of 12 bits, and lossless ones, are named as not supported`() throws {
    var deep = try Self.file("grey")
    let frame = try #require(deep.firstIndex(ofMarker: 0xC0))
    deep[frame + 4] = 12
    #expect(refusal(of: deep)?.code == "unsupported")
    var lossless = try Self.file("grey")
    lossless[frame + 1] = 0xC3
    #expect(refusal(of: lossless)?.code == "unsupported")
  }

  @Test func `that ask for too much are refused by name`() throws {
    let bytes = try Self.file("progressive")
    #expect(throws: ImageError.tooManyScans(scansMax: 3)) {
      try Picture.decode(bytes, limits: ImageLimits(scansMax: 3))
    }
    #expect(throws: ImageError.sideTooLong(width: 32, height: 16, sideMax: 31)) {
      try Picture.decode(bytes, limits: ImageLimits(sideMax: 31))
    }
    #expect(throws: ImageError.tooManyPixels(width: 32, height: 16, pixelsMax: 511)) {
      try Picture.decode(bytes, limits: ImageLimits(pixelsMax: 511))
    }
    var huge = bytes
    let frame = try #require(huge.firstIndex(ofMarker: 0xC2))
    // 2048×2048 pixels take 12 MiB, and their coefficients 24 MiB more.
    huge.replaceSubrange(frame + 5..<frame + 9, with: [8, 0, 8, 0])
    for megabytes in [11, 20] {
      let limits = ImageLimits(memoryBytesMax: megabytes << 20)
      #expect(refusal(of: huge, limits)?.code == "too_much_memory", "\(megabytes) MiB")
    }
    huge.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
    #expect(refusal(of: huge)?.code == "side_too_long")
  }

  private func refusal(of bytes: [UInt8], _ limits: ImageLimits = ImageLimits()) -> ImageError? {
    do throws(ImageError) {
      _ = try Picture.decode(bytes, limits: limits)
      return nil
    } catch {
      return error
    }
  }

  private func expectFields(_ picture: Picture, _ colours: [[Int]]) {
    for (field, colour) in colours.enumerated() {
      let x = picture.width * (1 + 2 * (field % 2)) / 4
      let y = picture.height * (1 + 2 * (field / 2)) / 4
      for (channel, value) in colour.enumerated() {
        #expect(abs(picture[x, y, channel] - value) <= 4, "field \(field), channel \(channel)")
      }
    }
  }
}

extension [UInt8] {
  /// With an EXIF block behind the first marker that says how to turn the picture.
  fileprivate func tagged(_ orientation: UInt8, isLittle: Bool) -> [UInt8] {
    let tiff: [UInt8] =
      isLittle
      ? [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]
      : [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
    let block = Array("Exif\0\0".utf8) + tiff + [0, 0, 0, 0]
    return self[..<2] + [0xFF, 0xE1, 0, UInt8(block.count + 2)] + block + self[2...]
  }

  fileprivate func firstIndex(ofMarker marker: UInt8) -> Int? {
    indices.dropLast().first { self[$0] == 0xFF && self[$0 + 1] == marker }
  }
}
