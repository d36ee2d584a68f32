internal import Glibc
internal import Images
internal import Seeds

/// How a film came out: how bright, how hard, how grainy.
struct Exposure: Sendable {
  private let gamma, gain, black, grain: Float
  private let bits: Int
  private let seed: UInt64

  /// - Parameter bits: of the detector; nil draws them too.
  init(_ projection: Projection, bits: Int? = nil, using random: inout SeededNumbers) {
    gamma = random.between(0.85, 1.25)
    gain = random.between(0.9, 1.05)
    black = random.between(0, 0.05)
    grain = random.between(0.006, 0.018) * (projection == .pa ? 1 : 1.35)
    let drawn = random.pick([10, 12, 12, 14, 16])
    self.bits = bits ?? drawn
    seed = random.next()
  }

  /// The canvas as a picture of 8 bits, or of 16, of which a detector fills ten to sixteen.
  func picture(_ canvas: Canvas) -> Picture {
    var random = SeededNumbers(seed: seed)
    let brightest = Float((1 << bits) - 1)
    // Above 0.8 brightness saturates slowly, so that metal stays apart from bone.
    let tones = (0...4_096).map { step -> Float in
      let value = Float(step) / 4_096 * 1.6
      let soft = value < 0.8 ? value : 0.8 + 0.2 * (1 - exp(-(value - 0.8) / 0.2))
      return black + (1 - black) * gain * pow(soft, gamma) * 0.95
    }
    let samples = canvas.values.map { value -> UInt16 in
      let tone = tones[Int(min(1, max(0, value / 1.6)) * 4_096)]
      return UInt16(min(1, max(0, tone + grain * random.bell())) * brightest)
    }
    return Picture(
      width: canvas.frame.width, height: canvas.frame.height, channels: 1,
      samples: bits == 8 ? .eight(samples.map { UInt8($0) }) : .sixteen(samples))
  }
}
