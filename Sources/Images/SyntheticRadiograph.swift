public import Boxes

/// A drawing of a frontal chest radiograph, for demonstrations and tests; no patient's image.
///
/// The same seed, size and findings give the same samples, always.
public struct SyntheticRadiograph: Sendable {
  /// What can be drawn into the chest. Left and right are the patient's: the patient's right is
  /// on the left of the picture.
  public enum Finding: String, Hashable, Sendable, CaseIterable {
    case rightBasalOpacity, leftBasalOpacity, rightEffusion, leftEffusion, nodule, cardiomegaly
  }

  /// Grey, bright where the body absorbs.
  public let picture: Picture
  /// Where each finding lies, in the order in which they were asked for.
  public let findings: [(finding: Finding, box: BoundingBox)]

  /// - Parameters:
  ///   - width, height: in pixels, at least 1; chests look best about square.
  ///   - bitDepth: 8, or 16 for the 12-bit range that detectors have.
  public init(
    seed: UInt64, width: Int = 1024, height: Int = 1024, bitDepth: Int = 16,
    findings: [Finding] = []
  ) {
    precondition(width > 0 && height > 0, "\(width)×\(height) pixels")
    precondition(bitDepth == 8 || bitDepth == 16, "\(bitDepth) bits")
    var random = SeededRandom(seed: seed)
    let chest = Chest(findings: findings, using: &random)
    let brightest: Double = bitDepth == 8 ? 255 : 4095
    var values = [UInt16](repeating: 0, count: width * height)
    values.withUnsafeMutableBufferPointer { values in
      for row in 0..<height {
        let y = (Double(row) + 0.5) / Double(height)
        for column in 0..<width {
          let x = (Double(column) + 0.5) / Double(width)
          let grain = random.bell() * 0.012
          let brightness = min(1, max(0, chest.brightness(x: x, y: y) + grain))
          values[row * width + column] = UInt16(brightness * brightest)
        }
      }
    }
    picture = Picture(
      width: width, height: height, channels: 1,
      samples: bitDepth == 8 ? .eight(values.map { UInt8($0) }) : .sixteen(values))
    self.findings = findings.compactMap { finding in
      chest.box(of: finding).map { (finding, $0) }
    }
  }
}

/// SplitMix64 (Steele, Lea, Flood, 2014): small, seeded, the same on every machine.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }

  /// Uniform in 0 ..< 1.
  mutating func unit() -> Double { Double(next() >> 11) / Double(1 << 53) }

  /// Uniform in −spread ... spread.
  mutating func spread(_ spread: Double) -> Double { (2 * unit() - 1) * spread }

  /// Bell-shaped around 0 with a deviation of 1: the sum of four uniform numbers.
  mutating func bell() -> Double {
    let bits = next()
    let sum = (0..<4).reduce(0.0) { $0 + Double(bits >> (16 * $1) & 0xFFFF) / 65_536 }
    return (sum - 2) * 1.732
  }
}
