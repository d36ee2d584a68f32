/// Turns text into the ids that a text encoder was trained with: byte-level BPE, as in a Hugging
/// Face `tokenizer.json`.
///
/// In this order: added tokens are cut out, what is left is normalised, split into words and merged
/// by rank, and the template's special tokens are put around. Ids and offsets are those of Hugging
/// Face's own tokenizers. Any text is legal; time is n log n at worst.
public struct Tokenizer: Sendable {
  /// One more than the highest id: how many rows a table of embeddings needs.
  public let vocabularySize: Int

  /// Fills the places of a batch that no text reaches; nil when the file names no such token.
  public let padding: Int32?

  /// What is read from a file, and what a small network is given.
  struct Rules: Sendable {
    var vocabularySize = 0
    var padding: Int32?
    var composes = false
    var splitsWords = true
    /// Found in the text as it is.
    var rawTokens = AddedTokens([])
    /// Found in the text after normalisation.
    var normalizedTokens = AddedTokens([])
    var before: [Int32] = []
    var after: [Int32] = []
  }

  /// The ids put before and after each text.
  var before: [Int32] { rules.before }
  var after: [Int32] { rules.after }

  private let rules: Rules
  private let merges: Merges
  private let cache = WordCache()

  init(_ rules: Rules, _ merges: Merges) {
    self.rules = rules
    self.merges = merges
    vocabularySize = rules.vocabularySize
    padding = rules.padding
  }

  /// The tokens of a text with the special tokens around them.
  public func encode(_ text: String) -> Encoding {
    var encoding = Encoding()
    for id in rules.before { encoding.append(id, at: 0..<0) }
    let scalars = Array(text.unicodeScalars)
    for part in rules.rawTokens.parts(of: scalars[...]) {
      if let id = part.id {
        encoding.append(id, at: part.range)
      } else {
        let stretch = NormalizedText(scalars[part.range], composing: rules.composes)
        append(stretch, to: &encoding)
      }
    }
    for id in rules.after { encoding.append(id, at: 0..<0) }
    return encoding
  }

  private func append(_ text: NormalizedText, to encoding: inout Encoding) {
    for part in rules.normalizedTokens.parts(of: text.scalars[...]) {
      if let id = part.id {
        encoding.append(id, at: text.place(of: part.range))
      } else if rules.splitsWords {
        for word in WordScanner(text.scalars[part.range]) {
          append(word, of: text, to: &encoding)
        }
      } else {
        append(part.range, of: text, to: &encoding)
      }
    }
  }

  private func append(_ word: Range<Int>, of text: NormalizedText, to encoding: inout Encoding) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(word.count)
    for scalar in text.scalars[word] { bytes.append(contentsOf: scalar.utf8) }
    let pieces = cache.pieces(of: bytes) { merges($0) }
    var scalar = word.lowerBound
    var byte = 0
    // The scalar that holds a byte: one further for each byte that begins one.
    func advance(to target: Int) {
      while byte < target {
        byte += 1
        if !UTF8.isContinuation(bytes[byte]) { scalar += 1 }
      }
    }
    for piece in pieces {
      let end = byte + Int(piece.length)
      let first = scalar
      advance(to: end - 1)
      encoding.append(piece.id, at: text.place(of: first..<scalar + 1))
      if end < bytes.count { advance(to: end) }
    }
  }
}
