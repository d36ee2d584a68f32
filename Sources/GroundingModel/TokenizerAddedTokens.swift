/// Finds the tokens that are cut out of a text before its words are looked at.
///
/// Of the tokens that match, the leftmost is taken, and of those the longest. Time is linear in
/// the text for any given set of tokens.
struct AddedTokens: Sendable {
  /// One token, and how it claims its surroundings.
  struct Token: Sendable {
    var id: Int32
    var content: String
    /// Takes the white space on its left, on its right.
    var takesLeft = false, takesRight = false
    /// Counts only where no letter, digit or underscore touches it.
    var isWholeWord = false
  }

  /// A part of the text: a token's, or what stands between tokens.
  struct Part: Hashable {
    var id: Int32?
    var range: Range<Int>
  }

  private struct Node {
    var children: [Unicode.Scalar: Int] = [:]
    var token: Token?
  }

  private var nodes = [Node()]

  init(_ tokens: [Token]) {
    for token in tokens where !token.content.isEmpty {
      var place = 0
      for scalar in token.content.unicodeScalars {
        if let child = nodes[place].children[scalar] {
          place = child
        } else {
          nodes.append(Node())
          nodes[place].children[scalar] = nodes.count - 1
          place = nodes.count - 1
        }
      }
      nodes[place].token = token
    }
  }

  /// The text in parts that are not empty and follow each other without a gap.
  func parts(of scalars: ArraySlice<Unicode.Scalar>) -> [Part] {
    var parts: [Part] = []
    var position = scalars.startIndex
    var done = scalars.startIndex
    while position < scalars.endIndex {
      guard let (token, end) = longest(in: scalars, from: position) else {
        position += 1
        continue
      }
      let match = position..<end
      position = end
      guard !token.isWholeWord || Self.standsAlone(match, in: scalars) else { continue }
      let range = Self.claim(of: token, around: match, in: scalars, after: done)
      if done < range.lowerBound { parts.append(Part(id: nil, range: done..<range.lowerBound)) }
      parts.append(Part(id: token.id, range: range))
      done = range.upperBound
      position = done
    }
    if done < scalars.endIndex { parts.append(Part(id: nil, range: done..<scalars.endIndex)) }
    return parts
  }

  private func longest(
    in scalars: ArraySlice<Unicode.Scalar>, from start: Int
  ) -> (token: Token, end: Int)? {
    var place = 0
    var end = start
    var found: (Token, Int)?
    while end < scalars.endIndex, let child = nodes[place].children[scalars[end]] {
      place = child
      end += 1
      if let token = nodes[place].token { found = (token, end) }
    }
    return found
  }

  private static func claim(
    of token: Token, around match: Range<Int>, in scalars: ArraySlice<Unicode.Scalar>,
    after done: Int
  ) -> Range<Int> {
    var (start, end) = (match.lowerBound, match.upperBound)
    if token.takesLeft {
      while start > done, scalars[start - 1].properties.isWhitespace { start -= 1 }
    }
    if token.takesRight {
      while end < scalars.endIndex, scalars[end].properties.isWhitespace { end += 1 }
    }
    return start..<end
  }

  private static func standsAlone(
    _ match: Range<Int>, in scalars: ArraySlice<Unicode.Scalar>
  ) -> Bool {
    let touchesLeft =
      match.lowerBound > scalars.startIndex && isWord(scalars[match.lowerBound - 1])
    let touchesRight = match.upperBound < scalars.endIndex && isWord(scalars[match.upperBound])
    return !touchesLeft && !touchesRight
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .connectorPunctuation, .decimalNumber, .nonspacingMark, .spacingMark, .enclosingMark: true
    default: scalar.properties.isAlphabetic || scalar.properties.isJoinControl
    }
  }
}
