/// SplitMix64 (Steele, Lea, Flood, 2014): small, seeded, the same on every machine.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// A generator for one part of a larger work, whatever the other parts drew.
  init(seed: UInt64, part: Int) {
    var mixed = SeededRandom(seed: seed ^ (UInt64(part) &+ 1) &* 0xD134_2543_DE82_EF95)
    state = mixed.next()
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }

  /// Uniform in 0 ..< 1.
  mutating func unit() -> Float { Float(next() >> 40) / Float(1 << 24) }

  /// Uniform between two numbers.
  mutating func between(_ low: Float, _ high: Float) -> Float { low + (high - low) * unit() }

  /// Uniform in −spread ... spread.
  mutating func spread(_ spread: Float) -> Float { (2 * unit() - 1) * spread }

  /// Bell-shaped around 0 with a deviation of 1: the sum of four uniform numbers.
  mutating func bell() -> Float {
    let bits = next()
    let sum =
      Int32(bits & 0xFFFF) + Int32(bits >> 16 & 0xFFFF) + Int32(bits >> 32 & 0xFFFF)
      + Int32(bits >> 48)
    return Float(sum - 131_070) * (1.732 / 65_536)
  }

  /// True with that probability.
  mutating func chance(_ probability: Float) -> Bool { unit() < probability }

  /// One of them, which are not none.
  mutating func pick<Value>(_ values: [Value]) -> Value {
    values[Int(next() >> 33) % values.count]
  }

  /// One of them, by weights above zero.
  mutating func pick<Value>(_ values: [(weight: Float, value: Value)]) -> Value {
    var rest = unit() * values.reduce(0) { $0 + $1.weight }
    for (weight, value) in values {
      rest -= weight
      if rest < 0 { return value }
    }
    return values[values.count - 1].value
  }
}
