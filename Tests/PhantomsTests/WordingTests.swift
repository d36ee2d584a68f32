import Seeds
import Testing

@testable import Phantoms

@Suite struct `The wording` {
  @Test func `draws one of each choice, and rules by name`() {
    var random = SeededNumbers(seed: 1)
    let grammar = Grammar(["side": "(left|right)", "where": "on the {side}"])
    let texts = (0..<200).map { _ in grammar.text("[big ](a|b{where})", using: &random) }
    #expect(
      Set(texts) == [
        "a", "big a", "bon the left", "bon the right", "big bon the left", "big bon the right",
      ])
  }

  @Test(arguments: Finding.Kind.allCases)
  func `finds words for every finding`(kind: Finding.Kind) {
    var random = SeededNumbers(seed: 3)
    var seen: Set<String> = []
    for _ in 0..<300 {
      let finding = Finding(kind, using: &random)
      let others = [finding, Finding(.wires, using: &random)]
      for words in [finding.words(using: &random), Finding.words(of: others, using: &random)] {
        let sentence = Sentence.typed(words, using: &random)
        #expect(!sentence.contains { "{}()[]|".contains($0) }, "\(sentence)")
        #expect(!sentence.contains("  ") && !sentence.isEmpty)
        seen.insert(sentence)
      }
    }
    #expect(seen.count > 150)
  }

  /// Names that tell the side in a letter, or not at all.
  private static let shortNames = ["RUL", "RML", "RLL", "LUL", "LLL", "lingula"]

  @Test func `finds words for every place`() {
    var random = SeededNumbers(seed: 4)
    for zone in Zone.allCases {
      for places in [[Place(.right, zone)], [Place(.left, zone)], Place.both(zone)] {
        for _ in 0..<100 {
          let words = Statement(.opacity, at: places).words(using: &random)
          let sides = Side.allCases.filter { words.contains($0.rawValue) }
          let isShort = Self.shortNames.contains(where: words.contains)
          if places.count == 1, !isShort { #expect(sides.contains(places[0].side), "\(words)") }
          #expect(!words.contains { "{}()[]|".contains($0) }, "\(words)")
        }
      }
    }
  }

  @Test func `says nothing of what is there to be absent`() {
    var random = SeededNumbers(seed: 5)
    for kind in Finding.Kind.allCases {
      let finding = Finding(kind, using: &random)
      for _ in 0..<40 {
        let words = Absence.words(beside: [finding], using: &random)
        #expect(!words.contains { "{}()[]|".contains($0) }, "\(words)")
        if kind == .cardiomegaly { #expect(!words.contains("heart size is normal")) }
        if kind == .pneumothorax { #expect(!words.contains("pneumothorax")) }
      }
    }
  }

  @Test func `puts articles, capitals and stops`() {
    var random = SeededNumbers(seed: 6)
    let sentences = (0..<300).map { _ in Sentence.typed("a opacity , left", using: &random) }
    #expect(Set(sentences).isSuperset(of: ["An opacity, left.", "An opacity, left"]))
    #expect(Set(sentences).isSuperset(of: ["an opacity, left.", "AN OPACITY, LEFT."]))
  }
}
