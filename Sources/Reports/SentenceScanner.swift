/// Goes through a text once and notes where its sentences stand.
struct SentenceScanner {
  struct Found {
    var range: Range<Int>
    var isHeading = false
  }

  let page: SentencePage
  private(set) var found: [Found] = []

  private var position = 0
  /// Where the sentence at hand began; nil between sentences.
  private var start: Int?
  private var lineStart = 0
  private var opensLine = true
  private var listNumber = 0
  /// True when an item of this list began in lower case; then the others may.
  private var isLowerList = false
  private var paragraph = SentencePage.Paragraph()

  init(_ scalars: [Unicode.Scalar]) { page = SentencePage(scalars) }

  mutating func scan() {
    paragraph = page.paragraph(from: 0)
    while position < page.end {
      if let start {
        step(in: start)
      } else if page.isSpace(position) {
        passSpace()
      } else if !passHeading(), !passMark() {
        start = position
        step(in: position)
      }
    }
    if let start { end(start..<page.end) }
  }

  /// One step inside a sentence: over a word, over a stop, over white space.
  private mutating func step(in start: Int) {
    if page.isSpace(position) {
      let wordEnd = position
      if endsAtSpace() { end(start..<wordEnd) }
      return
    }
    opensLine = false
    if page.isStop(position) {
      let stops = position
      position = page.stopEnd(from: stops)
      if page.isEnding(stops, upTo: position, start: start) { end(start..<position) }
    } else if page.isBullet(position), position > start {
      end(start..<position)
    } else {
      position += 1
    }
  }

  /// Goes over white space within a sentence, and says whether the sentence ended before it.
  private mutating func endsAtSpace() -> Bool {
    let wordEnd = position
    let (lineBefore, paragraphBefore) = (lineStart, paragraph)
    let breaks = passSpace()
    guard position < page.end, breaks < 2 else { return true }
    guard breaks == 1 else {
      return listNumber > 0
        && page.continuesList(
          at: position, after: listNumber, isLower: isLowerList || page.isLowerCase) != nil
    }
    if page.headingEnd(at: position, opensLine: true) != nil { return true }
    if let start, page.isBare(start..<wordEnd) { return true }
    if let mark = page.listMark(at: position, opensLine: true) {
      // “…on slice⏎12. No effusion”: a number out of turn belongs to the line before.
      guard let number = mark.number, number != 1, number != listNumber + 1 else { return true }
    }
    return page.endsLine(lineBefore, wordEnd, next: position, in: paragraphBefore)
  }

  /// Goes over white space and counts the lines that end in it, up to 2.
  @discardableResult
  private mutating func passSpace() -> Int {
    let next = page.skippingSpace(from: position)
    let breaks = page.lineBreaks(in: position..<next)
    position = next
    if breaks > 0 {
      lineStart = next
      opensLine = true
    }
    if next >= paragraph.end { paragraph = page.paragraph(from: next) }
    return breaks
  }

  private mutating func passMark() -> Bool {
    guard let mark = page.listMark(at: position, opensLine: opensLine) else { return false }
    if let number = mark.number {
      let isLower = page.beginning(at: page.skippingSpace(from: mark.end)) == .lower
      isLowerList = isLower || isLowerList && number > 1
      listNumber = number
    }
    position = mark.end
    return true
  }

  private mutating func passHeading() -> Bool {
    guard let end = page.headingEnd(at: position, opensLine: opensLine) else { return false }
    found.append(Found(range: position..<end, isHeading: true))
    position = end
    listNumber = 0
    return true
  }

  private mutating func end(_ range: Range<Int>) {
    start = nil
    var range = range
    while page.isSpace(range.upperBound - 1) { range = range.dropLast() }
    // What has no word and no number states nothing: it goes with what stands before it.
    if page.isWordless(range), let last = found.last {
      found[found.count - 1].range = last.range.lowerBound..<range.upperBound
    } else {
      found.append(Found(range: range))
    }
  }
}
