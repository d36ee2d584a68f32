import Seeds
import Testing

@Suite struct `Seeded numbers` {
  /// The first numbers of SplitMix64 with seed 1234567, as its authors' program prints them.
  @Test func `are those of SplitMix64`() {
    var numbers = SeededNumbers(seed: 1_234_567)
    let first = (0..<5).map { _ in numbers.next() }
    #expect(
      first == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ])
  }

  @Test func `have the spread that they are asked for`() {
    var numbers = SeededNumbers(seed: 3)
    let count = 20_000
    for draw in [{ $0.normal() }, { $0.bell() }] as [(inout SeededNumbers) -> Float] {
      let values = (0..<count).map { _ in Double(draw(&numbers)) }
      let mean = values.reduce(0, +) / Double(count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
      #expect(abs(mean) < 0.03 && abs(variance - 1) < 0.05)
    }
    let choices = (0..<count).map { _ in numbers.below(5) }
    #expect((0..<5).allSatisfy { choice in abs(choices.count { $0 == choice } - count / 5) < 300 })
    #expect((0..<count).allSatisfy { _ in (2...3).contains(numbers.uniform(2, 3)) })
  }

  @Test func `of a part do not depend on the others`() {
    var (first, again, other) = (
      SeededNumbers(seed: 1, part: 4), SeededNumbers(seed: 1, part: 4),
      SeededNumbers(seed: 1, part: 5)
    )
    let number = first.next()
    #expect(number == again.next() && number != other.next())
  }
}
