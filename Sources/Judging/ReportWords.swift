/// What a sentence says, as far as rules can see: its words, its sides, and whether it denies.
struct ReportWords: Hashable {
  enum Side: Hashable { case left, right }

  /// Words that carry meaning, in the singular.
  let words: Set<String>
  let sides: Set<Side>
  let isNegated: Bool

  init(_ sentence: String) {
    let all = sentence.lowercased().split { !$0.isLetter && !$0.isNumber }.map { String($0) }
    var (words, sides): (Set<String>, Set<Side>) = ([], [])
    for word in all {
      if let side = Self.sideWords[word] {
        sides.formUnion(side)
      } else if !Self.emptyWords.contains(word), !Self.negations.contains(word) {
        words.insert(Self.singular(word))
      }
    }
    self.words = words
    self.sides = sides
    isNegated = all.contains { Self.negations.contains($0) }
  }

  /// “opacities” is “opacity”, “nodules” is “nodule”.
  private static func singular(_ word: String) -> String {
    if word.hasSuffix("ies"), word.count > 4 { return word.dropLast(3) + "y" }
    let isPlural = word.hasSuffix("s") && !word.hasSuffix("ss") && !word.hasSuffix("is")
    return isPlural && word.count > 3 ? String(word.dropLast()) : word
  }

  private static let sideWords: [String: Set<Side>] = [
    "left": [.left], "right": [.right], "bilateral": [.left, .right],
    "bilaterally": [.left, .right], "both": [.left, .right],
  ]

  private static let negations: Set<String> = [
    "no", "not", "without", "free", "absent", "negative", "resolved", "never", "neither", "nor",
  ]

  private static let emptyWords: Set<String> = [
    "a", "an", "the", "is", "are", "was", "were", "be", "been", "there", "of", "in", "on", "at",
    "to", "with", "and", "or", "as", "by", "for", "from", "has", "have", "which", "that", "this",
    "these", "it", "its", "evidence", "seen", "noted", "identified", "evident", "present",
    "demonstrated", "visualized", "again", "also", "side", "sided",
  ]
}
