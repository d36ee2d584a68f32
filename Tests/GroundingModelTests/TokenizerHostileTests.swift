import JSON
@_spi(_Unicode) import Swift
import TestKit
import Testing

@testable import GroundingModel

/// The words of a text.
struct WordsOf {
  let all: [String]

  init(_ text: String) {
    let scalars = Array(text.unicodeScalars)
    all = WordScanner(scalars[...]).map { String(String.UnicodeScalarView(scalars[$0])) }
  }
}

@Suite struct `A tokenizer under hostile text` {
  private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  /// Letters, marks that compose and that do not, Hangul, spaces, emoji, parts of special tokens.
  private static let alphabet: [String] = [
    "a", "aa", "lung", "e", "s", "'", "'s", " ", "  ", "\n", "\t", "1", "\u{b2}", ".", "\u{300}",
    "\u{301}", "\u{323}", "\u{345}", "\u{e9}", "\u{1ead}", "\u{f73}", "\u{f72}", "\u{958}",
    "\u{1100}", "\u{1161}", "\u{11a8}", "\u{ac00}", "\u{3000}", "\u{200b}", "\u{1f9d1}\u{200d}",
    "\u{1d15e}", "\u{0}", "\u{fffd}", "\u{10ffff}", "[", "\u{2126}", "\u{212b}",
  ]

  @Test(arguments: UInt64(1)...200)
  func `loses and invents nothing`(seed: UInt64) throws {
    var dice = Dice(state: seed)
    var fixture = TokenizerFixture()
    fixture.addedTokens = []
    let tokenizer = try Tokenizer(json: fixture.json)
    let length = Int.random(in: 0...40, using: &dice)
    let text = (0..<length).compactMap { _ in Self.alphabet.randomElement(using: &dice) }.joined()
    let encoding = tokenizer.encode(text)
    let inner = Array(encoding.ids.dropFirst().dropLast())
    // Scalar by scalar: `==` on strings would forgive a wrong normalisation.
    #expect(
      TokenizerFixture.text(of: inner).unicodeScalars
        .elementsEqual(NormalizedText.composed(text).unicodeScalars))
    var last = 0..<0
    for place in encoding.offsets.dropFirst().dropLast() {
      #expect(place.lowerBound >= last.lowerBound && place.upperBound >= last.upperBound)
      #expect(!place.isEmpty && place.upperBound <= text.unicodeScalars.count)
      last = place
    }
  }

  @Test func `composes as Unicode prescribes`() throws {
    let golden = try Place.json(Place.golden("GroundingModelTests", "nfc.json"))
    let cases = try #require(golden["cases"]?.array)
    #expect(cases.count > 500)
    for pair in cases {
      let texts = try #require(pair.array).compactMap { $0.string }
      let composed = NormalizedText.composed(texts[0])
      #expect(composed.unicodeScalars.elementsEqual(texts[1].unicodeScalars), "of \(texts[0])")
    }
  }

  @Test func `repairs broken UTF-8 and goes on`() throws {
    let tokenizer = try Tokenizer(json: TokenizerFixture().json)
    let text = String(decoding: [0x61, 0xFF, 0xC0, 0x62], as: UTF8.self)
    #expect(tokenizer.encode(text).offsets.last == 0..<0)
    #expect(tokenizer.encode(text).offsets.dropLast().last == 3..<4)
  }

  @Test(arguments: [
    "a", "lung", " ", "the lungs ", "\u{301}", "e\u{301}", "'", "[MASK", "\u{ac00}",
  ])
  func `takes a long run in its stride`(pattern: String) throws {
    let tokenizer = try Tokenizer(json: TokenizerFixture().json)
    let count = 65_536 / pattern.unicodeScalars.count
    let text = String(repeating: pattern, count: count)
    let begin = ContinuousClock.now
    let encoding = tokenizer.encode(text)
    #expect(ContinuousClock.now - begin < .seconds(20), "quadratic, even unoptimised")
    #expect(encoding.offsets.dropLast().last?.upperBound ?? 0 >= count)
  }

  /// 1 MB.
  @Test(arguments: ["\u{301}\u{323}", "\u{f73}\u{f71}", "e\u{323}", "\u{345}\u{301}\u{316}"])
  func `takes a long run of marks out of order in its stride`(pattern: String) throws {
    let tokenizer = try Tokenizer(json: TokenizerFixture().json)
    let text = "a" + String(repeating: pattern, count: 1_000_000 / pattern.utf8.count)
    let begin = ContinuousClock.now
    let encoding = tokenizer.encode(text)
    #expect(ContinuousClock.now - begin < .seconds(40), "quadratic, even unoptimised")
    let end = encoding.offsets.dropLast().last?.upperBound ?? 0
    #expect(end >= text.unicodeScalars.count - 1)
  }

  /// The standard library and `Composition` agree where the one hands over to the other.
  @Test(arguments: 60...70)
  func `orders runs of marks of every length alike`(count: Int) throws {
    let marks = ["\u{301}", "\u{323}", "\u{316}", "\u{345}"]
    let run = (0..<count).map { marks[$0 * 7 % 4] }.joined()
    let composed = NormalizedText.composed("e" + run + "e" + run)
    #expect(composed.unicodeScalars.elementsEqual(("e" + run + "e" + run)._nfc))
  }

  @Test func `forgets words when it has seen too many`() throws {
    let tokenizer = try Tokenizer(json: TokenizerFixture().json)
    let text = (0..<40_000).map { String($0) }.joined(separator: " ")
    let encoding = tokenizer.encode(text)
    #expect(TokenizerFixture.text(of: encoding.ids) == text)
    #expect(tokenizer.encode(text) == encoding)
  }
}
