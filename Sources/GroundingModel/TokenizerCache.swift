import Synchronization

/// Remembers the tokens of short words, at most a fixed number of them.
final class WordCache: Sendable {
  /// A word of up to 15 bytes, without memory of its own.
  struct Key: Hashable, Sendable {
    private let low, high: UInt64

    /// Nil for a longer word.
    init?(_ word: [UInt8]) {
      guard word.count <= 15 else { return nil }
      var low: UInt64 = 0
      var high = UInt64(word.count)
      for (index, byte) in word.enumerated() {
        if index < 8 { low = low << 8 | UInt64(byte) } else { high = high << 8 | UInt64(byte) }
      }
      (self.low, self.high) = (low, high)
    }
  }

  private static let wordsMax = 32_768
  private let words = Mutex<[Key: [Merges.Piece]]>([:])

  /// The tokens of a word, looked up or made.
  func pieces(of word: [UInt8], else make: ([UInt8]) -> [Merges.Piece]) -> [Merges.Piece] {
    guard let key = Key(word) else { return make(word) }
    if let known = words.withLock({ $0[key] }) { return known }
    let pieces = make(word)
    words.withLock { words in
      // The common words are back at once; a text full of rare ones costs no memory.
      if words.count >= Self.wordsMax { words.removeAll(keepingCapacity: true) }
      words[key] = pieces
    }
    return pieces
  }
}
