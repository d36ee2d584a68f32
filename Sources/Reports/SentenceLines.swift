extension SentencePage {
  /// How many lines end in a stretch of white space: 2 where a paragraph does.
  func lineBreaks(in range: Range<Int>) -> Int {
    var breaks = 0
    for index in range where isLineBreak(index) {
      if isParagraphBreak(index) { return 2 }
      // A line feed behind a carriage return belongs to it.
      if !(scalars[index] == "\n" && scalar(index - 1) == "\r") { breaks += 1 }
      if breaks == 2 { return 2 }
    }
    return breaks
  }

  /// What the rules know of the lines between two blank ones.
  struct Paragraph {
    var end = 0
    var widest = 0
    var hasStop = false

    /// Narrower text is no text that was broken to fit a width.
    static let widthMin = 40
    /// How much wider a name or a date is than what stands for it.
    static let removedWidth = 8
  }

  /// The paragraph that holds `index`, looked at from there on.
  func paragraph(from index: Int) -> Paragraph {
    var paragraph = Paragraph(end: index)
    var lineStart = index
    while paragraph.end < end {
      if isSpace(paragraph.end) {
        let next = skippingSpace(from: paragraph.end)
        let breaks = lineBreaks(in: paragraph.end..<next)
        if breaks > 0 || next == end {
          paragraph.widest = max(paragraph.widest, paragraph.end - lineStart)
          lineStart = next
        }
        paragraph.end = next
        if breaks > 1 { break }
      } else {
        if isStop(paragraph.end), isSpace(paragraph.end + 1), !isDigit(paragraph.end - 1) {
          paragraph.hasStop = true
        }
        paragraph.end += 1
      }
    }
    paragraph.widest = max(paragraph.widest, min(paragraph.end, end) - lineStart)
    return paragraph
  }

  /// Whether a line that begins at `lineStart` and ends at `lineEnd` also ends its sentence when the
  /// next line begins at `next`. A stop at its end has been judged before, and ends nothing.
  func endsLine(_ lineStart: Int, _ lineEnd: Int, next: Int, in paragraph: Paragraph) -> Bool {
    if isStop(lineEnd - 1) { return false }
    switch scalar(lineEnd - 1) {
    case ",", ";", ":", "-", "–", "/", "(", "&", "+", "=", "<", ">": return false
    default: break
    }
    let begins = beginning(at: next)
    guard begins == .upper || begins == .removed else { return false }
    let word = word(before: lineEnd)
    if SentenceVocabulary.connecting.contains(word) || SentenceVocabulary.leading.contains(word) {
      return false
    }
    guard paragraph.hasStop else { return true }
    // Prose was broken into lines before anything was taken out of it, and a line of it that begins
    // with what was taken out is not where someone began a sentence.
    if begins == .removed { return false }
    guard paragraph.widest >= Paragraph.widthMin else { return true }
    var wordEnd = next
    while wordEnd < end, wordEnd - next < Paragraph.widthMin, !isSpace(wordEnd) { wordEnd += 1 }
    // The next word would have fitted: someone wanted the line to end here.
    return width(of: lineStart..<lineEnd) + 1 + wordEnd - next <= paragraph.widest
  }

  /// About how wide a line was before names and dates were taken out of it.
  private func width(of line: Range<Int>) -> Int {
    let removed = line.count { isRemoved($0) && !isRemoved($0 - 1) }
    return line.count + removed * Paragraph.removedWidth
  }
}
