/// Cuts a text into the words that byte-level BPE merges within.
///
/// This is GPT-2's expression, by hand:
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// so a word takes at most one space in front of it, and of a longer run of white space all but
/// the last scalar stand alone. (Radford et al., 2019; the expression is in GPT-2's encoder.)
struct WordScanner: Sequence, IteratorProtocol {
  private let scalars: ArraySlice<Unicode.Scalar>
  private var position: Int

  init(_ scalars: ArraySlice<Unicode.Scalar>) {
    self.scalars = scalars
    position = scalars.startIndex
  }

  /// The next word; words follow each other without a gap, until the text ends.
  mutating func next() -> Range<Int>? {
    guard position < scalars.endIndex else { return nil }
    let start = position
    position = contractionEnd(from: start) ?? wordEnd(from: start) ?? spaceEnd(from: start)
    return start..<position
  }

  private func contractionEnd(from start: Int) -> Int? {
    guard scalars[start] == "'", start + 1 < scalars.endIndex else { return nil }
    let second: Unicode.Scalar? = start + 2 < scalars.endIndex ? scalars[start + 2] : nil
    switch (scalars[start + 1], second) {
    case ("s", _), ("t", _), ("m", _), ("d", _): return start + 2
    case ("r", "e"), ("v", "e"), ("l", "l"): return start + 3
    default: return nil
    }
  }

  private func wordEnd(from start: Int) -> Int? {
    var first = start
    if scalars[start] == " " { first += 1 }
    guard first < scalars.endIndex else { return nil }
    let kind = Kind(scalars[first])
    guard kind != .space else { return nil }
    return end(of: kind, from: first)
  }

  private func spaceEnd(from start: Int) -> Int {
    let end = end(of: .space, from: start)
    return end == scalars.endIndex || end == start + 1 ? end : end - 1
  }

  private func end(of kind: Kind, from start: Int) -> Int {
    var end = start + 1
    while end < scalars.endIndex, Kind(scalars[end]) == kind { end += 1 }
    return end
  }

  private enum Kind {
    case letter, number, space, other

    init(_ scalar: Unicode.Scalar) {
      switch scalar.value {
      case 0x61...0x7A, 0x41...0x5A: self = .letter
      case 0x30...0x39: self = .number
      case 0x09...0x0D, 0x20: self = .space
      case 0x00..<0x80: self = .other
      default: self.init(beyondASCII: scalar)
      }
    }

    private init(beyondASCII scalar: Unicode.Scalar) {
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
        self = .letter
      case .decimalNumber, .letterNumber, .otherNumber:
        self = .number
      default:
        self = scalar.properties.isWhitespace ? .space : .other
      }
    }
  }
}
