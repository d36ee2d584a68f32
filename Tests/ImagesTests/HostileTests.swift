import Images
import TestKit
import Testing

@Suite struct `Hostile bytes` {
  @Test func `are told apart by content`() {
    #expect(ImageFormat(recognising: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) == .png)
    #expect(ImageFormat(recognising: [0xFF, 0xD8, 0xFF, 0xE0]) == .jpeg)
    let others: [[UInt8]] = [
      [], [0xFF], [0xFF, 0xD8, 0xFF], [0xFF, 0xD8, 0xFF, 0xF7], Array("GIF89a".utf8),
      Array("<html>".utf8), [0x89, 0x50, 0x4E, 0x47],
    ]
    for bytes in others {
      #expect(throws: ImageError.unknownFormat) { try Picture.decode(bytes) }
    }
  }

  /// Flips, cuts, repeats and overwrites bytes of sound files: each result is an image within the
  /// limits or a refusal.
  @Test(arguments: ["grey.jpg", "colour.jpg", "progressive.jpg", "cmyk.jpg", "png", "deep png"])
  func `made from sound files never crash`(kind: String) throws {
    let sound = try Self.sound(kind)
    let limits = ImageLimits(
      pixelsMax: 1 << 20, sideMax: 4096, memoryBytesMax: 8 << 20, scansMax: 20)
    var random = Shuffle(state: 0x5EED)
    var refused = 0
    for _ in 0..<600 {
      var bytes = sound
      for _ in 0...random.below(4) where !bytes.isEmpty { random.damage(&bytes) }
      do throws(ImageError) {
        let picture = try Picture.decode(bytes, limits: limits)
        #expect(picture.width * picture.height <= limits.pixelsMax)
      } catch {
        refused += 1
        #expect(!error.description.isEmpty)
      }
    }
    #expect(refused > 100)
  }

  private static func sound(_ kind: String) throws -> [UInt8] {
    switch kind {
    case "png": PNG.encode(noise(.eight(values(below: 256).map { UInt8($0) })))
    case "deep png": PNG.encode(noise(.sixteen(values(below: 4_096).map { UInt16($0) })))
    default: try Place.bytes(Place.golden("ImagesTests", "fields_" + kind))
    }
  }

  private static func noise(_ samples: Picture.Samples) -> Picture {
    Picture(width: 24, height: 20, channels: 1, samples: samples)
  }

  /// A gradient with noise, as 24 × 20 samples.
  private static func values(below bound: Int) -> [Int] {
    var random = Shuffle(state: 1)
    return (0..<480).map { $0 * bound / 960 + random.below(bound / 8) }
  }
}

/// A linear congruential generator (Knuth's MMIX), so that a failure can be repeated.
private struct Shuffle {
  var state: UInt64

  mutating func below(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }

  mutating func damage(_ bytes: inout [UInt8]) {
    let place = below(bytes.count)
    switch below(5) {
    case 0: bytes[place] ^= 1 << UInt8(below(8))
    case 1: bytes[place] = UInt8(below(256))
    case 2: bytes.removeSubrange(place...)
    case 3: bytes.insert(contentsOf: bytes[place...].prefix(below(64)), at: place)
    default: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(8)))
    }
  }
}
