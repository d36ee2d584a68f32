import JSON
import Testing

@testable import GroundingModel

@Suite struct `A tokenizer that is learnt` {
  private static let texts = [
    "The right lung is clear.", "The left lung is clear.", "No pneumothorax in the left lung.",
    "Größe “normal”.", "lung lung lung",
  ]

  private static func learnt(_ size: Int) -> JSON {
    TokenizerTraining(texts: texts, size: size).json()
  }

  @Test func `is read back and covers any text`() throws {
    let tokenizer = try Tokenizer(json: Self.learnt(275))
    #expect(tokenizer.vocabularySize == 275)
    #expect(tokenizer.padding == 3)
    let known = tokenizer.encode("lung lung").ids
    #expect(known.count < 7 && known.first == 1 && known.last == 2)
    for text in Self.texts + ["\u{1F9EA} \0 Ω", ""] {
      let ids = tokenizer.encode(text).ids
      #expect(!ids.contains(0) && ids.allSatisfy { (1..<275).contains($0) })
    }
    #expect(tokenizer.encode("[MASK]").ids == [1, 4, 2])
  }

  @Test func `merges the most frequent pair first, and the same each time`() {
    #expect(Self.learnt(300) == Self.learnt(300))
    // “lu”, “un” and “ng” are equally frequent: those with the lowest ids go first.
    let file = TokenizerTraining(texts: ["lung lung lung"], size: 264).json()
    #expect(file["model"]?["merges"] == [["l", "u"], ["n", "g"], ["lu", "ng"]])
  }

  @Test func `ends early where nothing stands twice`() throws {
    let tokenizer = try Tokenizer(json: TokenizerTraining(texts: ["abc"], size: 1_000).json())
    #expect(tokenizer.vocabularySize == TokenizerTraining.sizeMin)
  }

  @Test func `gives no two tokens one name`() throws {
    let texts = ["aaaaaaa aaaa aaa aaaaa", "aa aaaaaa abab ababab baba aabb"]
    let file = TokenizerTraining(texts: texts + texts + texts, size: 400).json()
    let names = try #require(file["model"]?["vocab"]?.members).map { $0.name }
    #expect(Set(names).count == names.count)
    _ = try Tokenizer(json: file)
  }
}
