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

  private func numberMark(at index: Int, opensLine: Bool) -> ListMark? {
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
  func continuesList(at index: Int, after number: Int) -> ListMark? {
    guard isDigit(index), let mark = numberMark(at: index, opensLine: false),
      mark.number == number + 1, isSpace(mark.end),
      beginning(at: skippingSpace(from: mark.end)) == (isLowerCase ? .lower : .upper)
    else { return nil }
    let before = text(word(beforeWordAt: index)).lowercased()
    return SentenceVocabulary.numbered.contains(before) ? nil : mark
  }

  /// Where a section's name ends that begins at `index`: behind its colon, or with its line.
  func headingEnd(at index: Int, opensLine: Bool) -> Int? {
    guard isLetter(index), opensLine || isUpper(index) else { return nil }
    var end = index
    while end < index + 32, isLetter(end) || scalar(end) == " " || scalar(end) == "/" { end += 1 }
    let isAlone = opensLine && (end == self.end || isLineBreak(end)) && isUpper(index)
    guard scalar(end) == ":" || isAlone else { return nil }
    while isSpace(end - 1) { end -= 1 }
    guard SentenceVocabulary.sections.contains(text(index..<end).lowercased()) else { return nil }
    let colon = skippingSpace(from: end)
    return scalar(colon) == ":" && !isLineBreak(end) ? colon + 1 : end
  }
}
