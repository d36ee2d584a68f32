/// A sentence and where it stands in its section.
public struct SentenceRange: Hashable, Sendable {
  public let text: String
  /// Unicode scalar offsets in the section; `end` is the first one behind the sentence.
  public let start, end: Int

  public init(text: String, start: Int, end: Int) {
    self.text = text
    self.start = start
    self.end = end
  }
}

/// Splits the text of a section into sentences.
public enum Sentences {
  /// One sentence a line.
  public static func split(_ text: String) -> [SentenceRange] {
    var found: [SentenceRange] = []
    var start = 0
    for line in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false) {
      if !String(line).isBlank {
        found.append(
          SentenceRange(text: String(line), start: start, end: start + line.count))
      }
      start += line.count + 1
    }
    return found
  }
}
