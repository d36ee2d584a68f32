internal import Glibc

/// Random numbers that a seed repeats: SplitMix64 (Steele et al., 2014).
public struct SeededNumbers: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Equal seeds give equal numbers.
  public init(seed: UInt64) { state = seed }

  /// 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// 0 … bound − 1
  public mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// low … high
  public mutating func uniform(_ low: Float, _ high: Float) -> Float {
    low + (high - low) * Float(next() >> 40) / Float(1 << 24)
  }

  /// Mean 0, deviation 1 (Box and Muller, 1958).
  public mutating func normal() -> Float {
    let radius = sqrtf(-2 * logf(max(uniform(0, 1), 1e-7)))
    return radius * cosf(2 * .pi * uniform(0, 1))
  }
}
