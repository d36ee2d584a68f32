/// A text as the rules look at it: its scalars, what kind each is, and its words.
struct SentencePage {
  let scalars: [Unicode.Scalar]
  /// What each scalar is; looked up once, since the rules ask again and again.
  private let kinds: [ScalarKind]

  /// True where most sentences begin in lower case, as some generators write.
  private(set) var isLowerCase = false

  /// Longer words are no abbreviation; the bound keeps every look around a stop short.
  private static let wordMax = 40

  init(_ scalars: [Unicode.Scalar]) {
    self.scalars = scalars
    kinds = scalars.map(ScalarKind.init)
    var lower = 0
    var upper = 0
    for index in scalars.indices where scalars[index] == "." && isSpace(index + 1) {
      let isWord = wordStart(before: index) < index - 1
      guard isWord || isSpace(index - 1) && !isStop(index - 2) else { continue }
      if isLower(index + 2) { lower += 1 } else if isUpper(index + 2) { upper += 1 }
    }
    isLowerCase = lower > upper
  }

  var end: Int { scalars.count }

  func scalar(_ index: Int) -> Unicode.Scalar? {
    scalars.indices.contains(index) ? scalars[index] : nil
  }

  func isSpace(_ index: Int) -> Bool { kind(index).contains(.space) }

  func isDigit(_ index: Int) -> Bool { kind(index).contains(.digit) }

  func isLetter(_ index: Int) -> Bool { kind(index).contains(.letter) }

  func isLower(_ index: Int) -> Bool { kind(index).contains(.lower) }

  func isUpper(_ index: Int) -> Bool { kind(index).contains(.upper) }

  private func kind(_ index: Int) -> ScalarKind {
    kinds.indices.contains(index) ? kinds[index] : []
  }

  /// Marks that end a sentence where a space or the end follows.
  func isStop(_ index: Int) -> Bool {
    switch scalar(index) {
    case ".", "!", "?": true
    case let mark? where mark.isASCII: false
    case "…", "‽", "⁇", "⁈", "⁉": true
    default: isFullStop(index)
    }
  }

  /// Marks that end a sentence whatever follows: in their scripts no space does.
  func isFullStop(_ index: Int) -> Bool {
    switch scalar(index) {
    case let mark? where mark.isASCII: false
    case "。", "！", "？", "｡", "।", "॥", "؟", "۔", "։", "።", "፧", "၊", "။", "។", "៕": true
    case "．": !(isDigit(index - 1) && isDigit(index + 1))
    default: false
    }
  }

  /// Quotes and brackets that close behind a stop.
  func isCloser(_ index: Int) -> Bool {
    switch scalar(index) {
    case ")", "]", "}", "\"", "'", "”", "’", "»", "›", "）", "」", "』", "】": true
    default: false
    }
  }

  private func isOpener(_ index: Int) -> Bool {
    switch scalar(index) {
    case "(", "[", "{", "\"", "'", "“", "‘", "„", "«", "‹", "（", "「", "『", "【": true
    default: false
    }
  }

  /// A line break; the break between paragraphs counts for a blank line.
  func isLineBreak(_ index: Int) -> Bool {
    switch scalar(index) {
    case "\n", "\r", "\u{85}", "\u{2028}", "\u{b}": true
    default: isParagraphBreak(index)
    }
  }

  func isParagraphBreak(_ index: Int) -> Bool {
    scalar(index) == "\u{2029}" || scalar(index) == "\u{c}"
  }

  /// How the text from `index` on begins.
  enum Beginning { case upper, lower, digit, removed, other }

  func beginning(at index: Int) -> Beginning {
    var first = index
    while first < index + 3, isOpener(first), !isRemoved(first) { first += 1 }
    if isRemoved(first) { return .removed }
    if isLower(first) { return .lower }
    if isUpper(first) { return .upper }
    if isDigit(first) { return .digit }
    // Scripts without case begin their sentences with a letter like any other.
    return isLetter(first) ? .upper : .other
  }

  /// What stands for a name or date that was taken out: `XXXX`, `___`, `[**…**]`.
  func isRemoved(_ index: Int) -> Bool {
    func repeats(_ mark: Unicode.Scalar) -> Bool {
      scalar(index) == mark && scalar(index + 1) == mark
    }
    return repeats("X") && scalar(index + 2) == "X" || repeats("_")
      || scalar(index) == "[" && scalar(index + 1) == "*"
  }

  /// Where the word that ends before `index` begins; `index` when there is none.
  func wordStart(before index: Int) -> Int {
    var start = index
    while start > 0, index - start < Self.wordMax, !isSpace(start - 1), !isOpener(start - 1) {
      start -= 1
    }
    return start
  }

  /// The word that ends before `index`, in lower case.
  func word(before index: Int) -> String { text(wordStart(before: index)..<index).lowercased() }

  /// The word in front of the one that begins at `index`.
  func word(beforeWordAt index: Int) -> Range<Int> {
    var end = index
    while end > 0, index - end < Self.wordMax, isSpace(end - 1) { end -= 1 }
    return wordStart(before: end)..<end
  }

  /// The letters from `index` on.
  func letters(from index: Int) -> Range<Int> {
    var last = index
    while last < index + Self.wordMax, isLetter(last) { last += 1 }
    return index..<last
  }

  func text(_ range: Range<Int>) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count)
    for scalar in scalars[range] {
      if scalar.isASCII {
        bytes.append(UInt8(truncatingIfNeeded: scalar.value))
      } else {
        bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The first place from `index` on that is not white space.
  func skippingSpace(from index: Int) -> Int {
    var next = index
    while isSpace(next) { next += 1 }
    return next
  }

  /// True where neither a letter nor a digit stands: “...”, “___.”, “+”.
  func isWordless(_ range: Range<Int>) -> Bool {
    !range.contains { isLetter($0) || isDigit($0) }
  }

  /// True where nothing but punctuation and white space stands.
  func isBare(_ range: Range<Int>) -> Bool {
    scalars[range].allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
        .dashPunctuation, .otherPunctuation, .format, .control, .nonspacingMark, .enclosingMark:
        true
      default: scalar.properties.isWhitespace
      }
    }
  }
}
