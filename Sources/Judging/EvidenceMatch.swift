/// Finds the sentence that a quotation is of (SPEC §5.2).
enum EvidenceMatch {
  /// A longer quotation is of no sentence: the search takes time by the product of both lengths.
  static let quoteCharactersMax = 4_000

  /// The sentence that is the quotation but for case, spaces, dashes and its last mark; else the
  /// first of those that have the longest piece in common with it.
  static func place(of quote: String, in reference: [String]) -> Int? {
    let quote = normalised(quote)
    guard !quote.isEmpty, quote.count <= quoteCharactersMax else { return nil }
    let sentences = reference.map { normalised($0) }
    if let place = sentences.firstIndex(of: quote) { return place }
    var best: (place: Int, length: Int)?
    for (place, sentence) in sentences.enumerated() {
      let length = commonLength(quote, sentence)
      if length > best?.length ?? 0 { best = (place, length) }
    }
    return best?.place
  }

  /// Lowercase without dashes, runs of white space made one space, none before a mark, and the last
  /// mark left out.
  static func normalised(_ text: String) -> [Unicode.Scalar] {
    var kept: [Unicode.Scalar] = []
    for scalar in text.lowercased().unicodeScalars where !dashes.contains(scalar) {
      if scalar.properties.isWhitespace {
        if !kept.isEmpty, kept.last != " " { kept.append(" ") }
      } else {
        if marks.contains(scalar), kept.last == " " { kept.removeLast() }
        kept.append(scalar)
      }
    }
    while kept.last == " " { kept.removeLast() }
    if let last = kept.last, marks.contains(last) { kept.removeLast() }
    return kept
  }

  /// Length of the longest run of scalars that both have; time is the product of both lengths.
  static func commonLength(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var lengths = [Int](repeating: 0, count: right.count + 1)
    var longest = 0
    for scalar in left {
      var diagonal = 0
      for (index, other) in right.enumerated() {
        let above = lengths[index + 1]
        lengths[index + 1] = scalar == other ? diagonal + 1 : 0
        longest = max(longest, lengths[index + 1])
        diagonal = above
      }
    }
    return longest
  }

  private static let dashes: Set<Unicode.Scalar> = ["-", "–", "—"]
  private static let marks: Set<Unicode.Scalar> = [".", ":", "!", "?"]
}
