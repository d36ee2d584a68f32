/// Takes apart a text with MAIRA-2's tags, in one pass from left to right.
struct TagParser {
  private let text: [Unicode.Scalar]
  private var place = 0

  init(_ text: String) { self.text = Array(text.unicodeScalars) }

  /// The phrases of the whole text; nil when it has no tags, or they do not fit together.
  mutating func phrases() -> [MAIRA2.Phrase]? {
    var phrases: [MAIRA2.Phrase] = []
    skipWhiteSpace()
    guard place < text.count else { return nil }
    while place < text.count {
      guard take("<obj>"), let phrase = phrase() else { return nil }
      phrases.append(phrase)
      skipWhiteSpace()
    }
    return phrases
  }

  /// What stands behind `<obj>`, up to and with `</obj>`.
  private mutating func phrase() -> MAIRA2.Phrase? {
    var words = String.UnicodeScalarView()
    while place < text.count, tag(at: place) == nil {
      words.append(text[place])
      place += 1
    }
    var boxes: [MAIRA2.Corners] = []
    skipWhiteSpace()
    while take("<box>") {
      guard let corners = corners() else { return nil }
      boxes.append(MAIRA2.Corners(corners[0], corners[1], corners[2], corners[3]))
      skipWhiteSpace()
    }
    guard take("</obj>") else { return nil }
    return MAIRA2.Phrase(text: String(words).trimmed, corners: boxes)
  }

  /// What stands behind `<box>`, up to and with `</box>`: centres of bins in thousandths.
  private mutating func corners() -> [Int]? {
    var corners: [Int] = []
    for axis in ["x", "y", "x", "y"] as [Unicode.Scalar] {
      skipWhiteSpace()
      guard let bin = bin(axis) else { return nil }
      corners.append(10 * bin + 5)
    }
    skipWhiteSpace()
    return take("</box>") ? corners : nil
  }

  /// `<x55>`: 0 … 99.
  private mutating func bin(_ axis: Unicode.Scalar) -> Int? {
    guard take("<\(axis)") else { return nil }
    var value = 0
    var digits = 0
    while place < text.count, digits < 2, let digit = Int(String(text[place])) {
      value = value * 10 + digit
      digits += 1
      place += 1
    }
    return digits > 0 && take(">") ? value : nil
  }

  private mutating func take(_ mark: String) -> Bool {
    let scalars = Array(mark.unicodeScalars)
    guard text.dropFirst(place).starts(with: scalars) else { return false }
    place += scalars.count
    return true
  }

  private mutating func skipWhiteSpace() {
    while place < text.count, text[place].properties.isWhitespace { place += 1 }
  }

  /// The length of the tag that begins there; nil when none does.
  private func tag(at place: Int) -> Int? { Self.tag(text[place...]) }

  private static func tag(_ text: ArraySlice<Unicode.Scalar>) -> Int? {
    guard text.first == "<" else { return nil }
    let inside = text.dropFirst().prefix(5).prefix { $0 != ">" }
    guard text.dropFirst(1 + inside.count).first == ">" else { return nil }
    let name = String(String.UnicodeScalarView(inside))
    let isCoordinate =
      (name.hasPrefix("x") || name.hasPrefix("y")) && name.utf8.count > 1
      && name.utf8.dropFirst().allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    let isKnown = ["obj", "/obj", "box", "/box"].contains(name) || isCoordinate
    return isKnown ? inside.count + 2 : nil
  }

  /// True when a text has any of the tags, in place or not.
  static func hasTags(_ text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    return scalars.indices.contains { tag(scalars[$0...]) != nil }
  }

  /// The text without tags, the white space within each of its lines made single.
  static func stripped(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    var kept = String.UnicodeScalarView()
    var place = 0
    while place < scalars.count {
      if let length = tag(scalars[place...]) {
        kept.append(" ")
        place += length
      } else {
        kept.append(scalars[place])
        place += 1
      }
    }
    let lines = String(kept).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return lines.map { $0.split { $0.isWhitespace }.joined(separator: " ") }
      .joined(separator: "\n").trimmed
  }

  /// The text without what a tokenizer marks its ends with.
  static func withoutEndMarks(_ text: String) -> String {
    var kept = Array(text.unicodeScalars)[...]
    var rest = kept
    while true {
      rest = rest.drop { $0.properties.isWhitespace }
      while rest.last?.properties.isWhitespace == true { rest = rest.dropLast() }
      if rest.starts(with: "<s>".unicodeScalars) {
        rest = rest.dropFirst(3)
      } else if let mark = endMarks.first(where: {
        rest.suffix($0.count).elementsEqual($0.unicodeScalars)
      }) {
        rest = rest.dropLast(mark.count)
      } else {
        return String(String.UnicodeScalarView(kept))
      }
      kept = rest
    }
  }

  private static let endMarks = ["</s>", "<eos>", "<pad>", "<|endoftext|>", "<|eot_id|>"]
}
