extension SentencePage {
  /// A list mark, and the number that it carries.
  struct ListMark {
    var end: Int
    var number: Int?
  }

  /// The list mark that stands at `index`: `1.`, `2)`, `(3)`, `a)`, `-`, `•` or `*`.
  func listMark(at index: Int, opensLine: Bool) -> ListMark? {
    if isBullet(index) { return ListMark(end: index + 1) }
    switch scalar(index) {
    case "-", "–", "—", "*", "+", "#", ">":
      let isAlone = isSpace(index + 1) || opensLine && scalars[index] == "-" && isLetter(index + 1)
      return isAlone ? ListMark(end: index + 1) : nil
    default:
      return numberMark(at: index, opensLine: opensLine)
    }
  }

  func numberMark(at index: Int, opensLine: Bool) -> ListMark? {
    let isBracketed = scalar(index) == "("
    let first = isBracketed ? index + 1 : index
    var last = first
    var number = 0
    while last < first + 2, let value = scalar(last).flatMap({ Int(String($0)) }) {
      number = number * 10 + value
      last += 1
    }
    let isLettered = last == first && opensLine && isLetter(first) && scalar(first + 1) == ")"
    if isLettered { last += 1 }
    guard last > first, scalar(last) == ")" || scalar(last) == "." && !isBracketed else {
      return nil
    }
    let end = last + (scalar(last) == "." && scalar(last + 1) == ")" ? 2 : 1)
    let next = skippingSpace(from: end)
    // A number at the very end is a statement, and one that goes on is no mark.
    guard next < self.end, next > end || isLetter(end), !isStop(next) else { return nil }
    return ListMark(end: end, number: isLettered ? nil : number)
  }

  /// Marks that occur nowhere but in front of a list's items.
  func isBullet(_ index: Int) -> Bool {
    switch scalar(index) {
    case "•", "‣", "◦", "▪", "●", "○", "■", "□", "►", "▶", "➢", "\u{f0b7}": true
    default: false
    }
  }

  /// Whether a number at `index`, within a line and without a stop before it, begins the next item
  /// of a list: “1. Small effusion 2. Clear lungs”.
  ///
  /// - Parameter isLower: whether items of this list may begin in lower case.
  func continuesList(at index: Int, after number: Int, isLower: Bool) -> ListMark? {
    guard isDigit(index) || scalar(index) == "(",
      let mark = numberMark(at: index, opensLine: false), mark.number == number + 1
    else { return nil }
    switch beginning(at: skippingSpace(from: mark.end)) {
    case .upper: break
    case .lower where isLower: break
    default: return nil
    }
    let before = text(word(beforeWordAt: index)).lowercased()
    return SentenceVocabulary.numbered.contains(before) ? nil : mark
  }

  /// Where a section's name ends that begins at `index`: behind its colon, or with its line.
  ///
  /// Markdown's emphasis and hashes around it belong to it.
  func headingEnd(at index: Int, opensLine: Bool) -> Int? {
    var first = index
    while first < index + 8, isEmphasis(first) || first > index && scalar(first) == " " {
      first += 1
    }
    guard isLetter(first), opensLine || isUpper(first) else { return nil }
    var nameEnd = first
    var end = first
    while end < first + 40, isHeadingLetter(end) {
      end += 1
      if scalar(end - 1) != " " { nameEnd = end }
    }
    let name = text(first..<nameEnd).lowercased()
    guard SentenceVocabulary.sections.contains(name) else { return nil }
    while isEmphasis(end) { end += 1 }
    if scalar(end) == ":" {
      end += 1
      while isEmphasis(end) { end += 1 }
      return end
    }
    let isAlone = opensLine && isUpper(first) && (end == self.end || isLineBreak(end))
    return isAlone ? (scalar(end - 1) == " " ? nameEnd : end) : nil
  }

  private func isHeadingLetter(_ index: Int) -> Bool {
    switch scalar(index) {
    case " ", "/", "(", ")", "&": true
    default: isLetter(index)
    }
  }

  private func isEmphasis(_ index: Int) -> Bool {
    switch scalar(index) {
    case "*", "#": true
    case "_": scalar(index + 2) != "_" && scalar(index - 2) != "_"
    default: false
    }
  }
}
