internal import Glibc

/// Random numbers that a seed repeats on every machine: SplitMix64 (Steele et al., 2014).
public struct SeededNumbers: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Equal seeds give equal numbers.
  public init(seed: UInt64) { state = seed }

  /// For one part of a larger work, whatever the other parts draw.
  public init(seed: UInt64, part: Int) {
    var mixed = SeededNumbers(seed: seed ^ (UInt64(part) &+ 1) &* 0xD134_2543_DE82_EF95)
    state = mixed.next()
  }

  /// 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// 0 … bound − 1; of a million none is likelier than another by more than 10⁻¹³.
  public mutating func below(_ bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// low … high
  public mutating func uniform(_ low: Float, _ high: Float) -> Float {
    low + (high - low) * Float(next() >> 40) / Float(1 << 24)
  }

  /// Mean 0, deviation 1 (Box and Muller, 1958).
  public mutating func normal() -> Float {
    let radius = sqrtf(-2 * logf(max(uniform(0, 1), 1e-7)))
    return radius * cosf(2 * .pi * uniform(0, 1))
  }

  /// Nearly the same, much faster: four uniform numbers of 16 bits added up (Irwin and Hall, 1927).
  public mutating func bell() -> Float {
    let bits = next()
    let sum =
      Int32(bits & 0xFFFF) + Int32(bits >> 16 & 0xFFFF) + Int32(bits >> 32 & 0xFFFF)
      + Int32(bits >> 48)
    return Float(sum - 131_070) * (1.732 / 65_536)
  }
}
