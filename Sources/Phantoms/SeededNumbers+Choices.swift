internal import Seeds

extension SeededNumbers {
  /// Uniform in 0 ..< 1.
  mutating func unit() -> Float { Float(next() >> 40) / Float(1 << 24) }

  /// Uniform between two numbers.
  mutating func between(_ low: Float, _ high: Float) -> Float { low + (high - low) * unit() }

  /// Uniform in −spread ... spread.
  mutating func spread(_ spread: Float) -> Float { (2 * unit() - 1) * spread }

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
