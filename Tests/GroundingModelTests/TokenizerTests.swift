import GroundingModel
import JSON
import Testing

@Suite struct `A tokenizer` {
  private let tokenizer: Tokenizer

  init() throws { tokenizer = try Tokenizer(json: TokenizerFixture().json) }

  private func pieces(_ text: String) -> [String] {
    let scalars = Array(text.unicodeScalars)
    return tokenizer.encode(text).offsets.dropFirst().dropLast().map { place in
      String(String.UnicodeScalarView(scalars[place]))
    }
  }

  @Test func `puts its template around the text`() {
    let encoding = tokenizer.encode("lungs")
    #expect(encoding.ids == [300, 260, 301])
    #expect(encoding.offsets == [0..<0, 0..<5, 0..<0])
    #expect(tokenizer.encode("").ids == [300, 301])
    #expect(tokenizer.vocabularySize == 310)
    #expect(tokenizer.padding == 302)
  }

  @Test func `joins by rank, leftmost first`() {
    #expect(pieces("the lungs") == ["t", "he", " lungs"])
    #expect(pieces("aaaaa") == ["aaaa", "a"])
    #expect(pieces("aaa") == ["aa", "a"])
  }

  @Test func `reads both spellings of merges alike`() throws {
    var fixture = TokenizerFixture()
    fixture.merges = .array(TokenizerFixture.merges.map { .string("\($0.0) \($0.1)") })
    let other = try Tokenizer(json: fixture.json)
    for text in ["the lungs", "aaaaa", "caf\u{e9} \u{e9}"] {
      #expect(other.encode(text) == tokenizer.encode(text))
    }
  }

  @Test func `cuts words as GPT-2 does`() {
    #expect(WordsOf("It's 12.5 cm").all == ["It", "'s", " 12", ".", "5", " cm"])
    #expect(WordsOf("we'll've 'sure").all == ["we", "'ll", "'ve", " '", "sure"])
    #expect(WordsOf("a  b").all == ["a", " ", " b"])
    #expect(WordsOf("a \n\n b").all == ["a", " \n\n", " b"])
    #expect(WordsOf("a\n\nb").all == ["a", "\n", "\n", "b"])
    #expect(WordsOf("end  ").all == ["end", "  "])
    #expect(
      WordsOf("\u{3000}\u{a0}x \u{bd}\u{b2}").all == ["\u{3000}", "\u{a0}", "x", " \u{bd}\u{b2}"])
    #expect(WordsOf("'").all == ["'"])
    #expect(WordsOf("x\u{301}").all == ["x", "\u{301}"])
  }

  @Test func `cuts added tokens out first`() {
    #expect(tokenizer.encode("a  [MASK]b").ids == [300, 97, 303, 98, 301])
    #expect(tokenizer.encode("a  [MASK]b").offsets[2] == 1..<9)
    #expect(tokenizer.encode("<right> \n x").offsets == [0..<0, 0..<10, 10..<11, 0..<0])
    #expect(tokenizer.encode("a <whole> b").ids.contains(304))
    #expect(!tokenizer.encode("a<whole>").ids.contains(304))
    #expect(tokenizer.encode("[SEP][SEP]").ids == [300, 301, 301, 301])
  }

  @Test func `takes the longest of the leftmost tokens`() {
    #expect(tokenizer.encode("     ").ids == [300, 307, 306, 301])
    #expect(tokenizer.encode("cafe\u{301}s").ids == [300, 309, 301])
    #expect(tokenizer.encode("caf\u{e9}!").ids == [300, 308, 33, 301])
  }

  @Test func `normalises, and still says where a token stood`() {
    let encoding = tokenizer.encode("e\u{301}\u{e9}e")
    #expect(encoding.ids == [300, 267, 267, 101, 301])
    #expect(encoding.offsets == [0..<0, 0..<1, 2..<3, 3..<4, 0..<0])
    // Excluded from composition: one scalar becomes two, at the same place.
    #expect(tokenizer.encode("\u{958}").offsets.dropFirst().dropLast().allSatisfy { $0 == 0..<1 })
    // Marks out of order: below before above.
    #expect(tokenizer.encode("a\u{302}\u{323}b").offsets.suffix(2) == [3..<4, 0..<0])
    // A scalar of class 0 whose parts are marks takes part in the ordering all the same.
    #expect(tokenizer.encode("\u{f72}\u{f73}").ids == tokenizer.encode("\u{f71}\u{f72}\u{f72}").ids)
    #expect(tokenizer.encode("\u{1100}\u{1161}").offsets == tokenizer.encode("\u{ac00}").offsets)
  }

  @Test func `gives each token of a split scalar its whole place`() {
    #expect(tokenizer.encode("\u{1fac1}").offsets == [0..<0, 0..<1, 0..<1, 0..<1, 0..<1, 0..<0])
  }

  @Test func `leaves a text alone where the file has no normaliser`() throws {
    var fixture = TokenizerFixture()
    fixture.normalizer = .null
    #expect(try Tokenizer(json: fixture.json).encode("e\u{301}").ids.count == 5)
  }

  @Test func `takes unknown bytes for its unknown token`() throws {
    var fixture = TokenizerFixture()
    fixture.model = [
      .init("vocab", ["<unk>": 0, "a": 1]), .init("merges", []), .init("unk_token", "<unk>"),
      .init("fuse_unk", true),
    ]
    fixture.addedTokens = []
    let encoding = try Tokenizer(json: fixture.json).encode("abca")
    #expect(encoding.ids == [300, 1, 0, 1, 301])
    #expect(encoding.offsets == [0..<0, 0..<1, 1..<3, 3..<4, 0..<0])
  }

  @Test func `keeps whole words before merges where the file says so`() throws {
    var fixture = TokenizerFixture()
    let vocabulary = TokenizerFixture.vocabulary + [("bone", 280)]
    fixture.model = [
      .init("vocab", .object(vocabulary.map { .init($0.name, .integer($0.id)) })),
      .init("ignore_merges", true),
    ]
    #expect(try Tokenizer(json: fixture.json).encode("bone").ids == [300, 280, 301])
  }
}

@Suite struct `A tokenizer of bytes` {
  @Test func `needs no file`() {
    let tokenizer = Tokenizer.byteLevel(vocabulary: 512)
    #expect(tokenizer.encode("A\u{e9}").ids == [0, 68, 0xC3 + 3, 0xA9 + 3, 1])
    #expect(tokenizer.encode("A\u{e9}").offsets == [0..<0, 0..<1, 1..<2, 1..<2, 0..<0])
    #expect(tokenizer.vocabularySize == 512)
    #expect(tokenizer.padding == 2)
  }
}
