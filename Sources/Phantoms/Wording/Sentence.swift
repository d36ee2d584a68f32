internal import Seeds

/// Makes sentences of words: articles, capitals, stops.
enum Sentence {
  /// The words as somebody would type them.
  static func typed(_ words: String, using random: inout SeededNumbers) -> String {
    var text = articled(words)
    for mark in [".", ",", ":", ";"] { text.replace(" " + mark, with: mark) }
    let style = random.unit()
    if style < 0.03 { text = text.uppercased() }
    if style > 0.08 { text = text.prefix(1).uppercased() + text.dropFirst() }
    let isClosed = text.hasSuffix(".") || text.hasSuffix("?")
    return isClosed || random.chance(0.14) ? text : text + "."
  }

  /// “a” before a vowel becomes “an”.
  private static func articled(_ words: String) -> String {
    var words = words.split(separator: " ")
    for index in words.indices.dropLast() where words[index] == "a" {
      if let first = words[index + 1].first, "aeiou".contains(first) { words[index] = "an" }
    }
    return words.joined(separator: " ")
  }
}
