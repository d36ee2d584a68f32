extension SentencePage {
  /// Where a run of stops ends, closing quotes and brackets included.
  func stopEnd(from index: Int) -> Int {
    var end = index
    while isStop(end) {
      while isStop(end) { end += 1 }
      while isCloser(end) { end += 1 }
    }
    return end
  }

  /// Whether the stops from `index` to `end` end the sentence that began at `start`.
  func isEnding(_ index: Int, upTo end: Int, start: Int) -> Bool {
    if isFullStop(end - 1) || (index..<end).contains(where: { isFullStop($0) }) { return true }
    guard end < self.end else { return true }
    if !isSpace(end) { return endsWithoutSpace(index, upTo: end) }
    let next = skippingSpace(from: end)
    guard next < self.end else { return true }
    let breaks = lineBreaks(in: end..<next)
    if breaks > 1 || breaks == 1 && listMark(at: next, opensLine: true) != nil { return true }
    // “loss. .”: the last of them decides.
    if isStop(next), !isDigit(next + 1), !isLetter(next + 1) { return false }
    switch marks(index, upTo: end) {
    case .period: return endsWithPeriod(index, next: next, start: start)
    case .periods: return true
    case .trailingOff, .question: return isLowerCase || beginning(at: next) != .lower
    }
  }

  private enum Marks { case period, periods, trailingOff, question }

  private func marks(_ index: Int, upTo end: Int) -> Marks {
    var periods = 0
    for place in index..<end where isStop(place) {
      switch scalars[place] {
      case ".": periods += 1
      case "…": return .trailingOff
      default: return .question
      }
    }
    return periods == 1 ? .period : periods == 2 ? .periods : .trailingOff
  }

  /// “effusion.No” and “clear.2. No”, but not “1.5”, “e.g”, “chest.png” or “J.Smith”.
  private func endsWithoutSpace(_ index: Int, upTo end: Int) -> Bool {
    guard index > 0, !isSpace(index - 1), !isRemoved(end) else { return false }
    let word = word(before: index)
    if isDigit(end) {
      return isLetter(index - 1) && word.count > 2 && numberMark(at: end, opensLine: false) != nil
    }
    guard isUpper(end) else { return false }
    let next = letters(from: end)
    guard word.count > 1, !word.contains(where: { ".@:\\".contains($0) }),
      !SentenceVocabulary.leading.contains(word), !SentenceVocabulary.either.contains(word),
      !SentenceVocabulary.numbering.contains(word) || word == "no",
      !SentenceVocabulary.fileEndings.contains(text(next).lowercased())
    else { return false }
    if isLower(end + 1) || isSpace(end + 1) { return true }
    return next.count > 1 && word.count > 2 && isUpper(index - 1) && !isRemoved(index - 3)
  }

  private func endsWithPeriod(_ index: Int, next: Int, start: Int) -> Bool {
    let first = wordStart(before: index)
    // A stop behind a space ends what it follows, unless the stops trail off: “. . . and”.
    guard first < index else {
      let isTrailing = index >= 2 && isStop(index - 2)
      return !isTrailing || isLowerCase || beginning(at: next) != .lower
    }
    let word = text(first..<index).lowercased()
    let begins = beginning(at: next)
    if SentenceVocabulary.leading.contains(word) { return false }
    let isMeasured = isNumber(before: first)
    if index - first == 1, isLetter(first), !isMeasured, word != "p" || isUpper(first) {
      return endsAfterLetter(first, next: next, start: start)
    }
    if SentenceVocabulary.numbering.contains(word) {
      return !isNumbering(word, at: first, next: next)
    }
    if isMeasured, SentenceVocabulary.units.contains(word) {
      let isAnyCase = begins == .lower ? isLowerCase : isShouted(next)
      return isAnyCase ? !continuesMeasure(next) : begins != .lower
    }
    if SentenceVocabulary.either.contains(word) || isDotted(first..<index) {
      return first > start && begins == .upper && !isTimeZone(next)
    }
    return begins != .lower || isLowerCase || !looksAbbreviated(word, isLower(first))
  }

  /// “No. 3”, “No. of” and “accession no. 12”, but not the answer “no.”, nor “no. 3 mm nodule”.
  private func isNumbering(_ word: String, at first: Int, next: Int) -> Bool {
    if text(letters(from: next)) == "of" { return true }
    guard isDigit(next) || isRemoved(next) && word != "no" else { return false }
    guard word == "no", isLower(first) else { return true }
    var end = next
    while isDigit(end) || scalar(end) == "." && isDigit(end + 1) { end += 1 }
    let unit = text(letters(from: skippingSpace(from: end))).lowercased()
    let before = self.word(beforeWordAt: first)
    return isLetter(before.upperBound - 1) && !SentenceVocabulary.units.contains(unit)
  }

  /// “J. P. Smith” and “L. base”, but not “hepatitis B. The”.
  private func endsAfterLetter(_ letter: Int, next: Int, start: Int) -> Bool {
    let begins = beginning(at: next)
    let isSide = ["l", "r", "L", "R"].contains(scalars[letter])
    guard begins != .lower else { return isLowerCase && !isSide }
    guard isUpper(letter) else { return true }
    let nextWord = letters(from: next)
    if SentenceVocabulary.starters.contains(text(nextWord).lowercased()), nextWord.count > 1 {
      return true
    }
    if letter == start || isSide { return false }
    let isInitial = nextWord.count == 1 && scalar(nextWord.upperBound) == "."
    let before = word(beforeWordAt: letter)
    return !isInitial && !isUpper(before.lowerBound) && !before.isEmpty
      && !SentenceVocabulary.naming.contains(text(before).lowercased())
  }

  /// “8 mm. by 9 mm.”, “4 cm. above the carina”.
  private func continuesMeasure(_ next: Int) -> Bool {
    SentenceVocabulary.measuring.contains(text(letters(from: next)).lowercased())
  }

  /// True for a word all in capitals: that the first is one says nothing.
  private func isShouted(_ index: Int) -> Bool {
    letters(from: index).allSatisfy { isUpper($0) }
  }

  private func isNumber(before index: Int) -> Bool {
    isDigit(word(beforeWordAt: index).upperBound - 1)
  }

  /// “U.S” and “b.i.d”: single letters between stops.
  private func isDotted(_ word: Range<Int>) -> Bool {
    word.count > 2
      && word.allSatisfy {
        ($0 - word.lowerBound).isMultiple(of: 2) ? isLetter($0) : scalars[$0] == "."
      }
  }

  private func isTimeZone(_ index: Int) -> Bool {
    ["EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "UTC", "GMT", "CET"]
      .contains(text(letters(from: index)))
  }

  /// Short and without a vowel, as only abbreviations are.
  private func looksAbbreviated(_ word: String, _ isLower: Bool) -> Bool {
    isLower && word.count <= 4 && word.allSatisfy { $0.isLetter && !"aeiouy".contains($0) }
  }
}
