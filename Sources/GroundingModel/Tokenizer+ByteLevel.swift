extension Tokenizer {
  /// A tokenizer without a file, for small networks: byte b has the id b + 3.
  ///
  /// - Parameters:
  ///   - vocabulary: the rows of the network's table of embeddings, at least 259.
  ///   - cls: put before each text.
  ///   - sep: put after each text.
  ///   - pad: fills the places of a batch that no text reaches.
  public static func byteLevel(
    vocabulary: Int, cls: Int32 = 0, sep: Int32 = 1, pad: Int32 = 2
  ) -> Tokenizer {
    precondition(vocabulary >= 259, "256 bytes and 3 special tokens need more than \(vocabulary)")
    for id in [cls, sep, pad] {
      precondition(
        id >= 0 && id < vocabulary && !(3..<259).contains(id), "\(id) is no special token's id")
    }
    var rules = Rules()
    rules.vocabularySize = vocabulary
    rules.padding = pad
    rules.before = [cls]
    rules.after = [sep]
    let bytes = (0..<256).map { Int32($0) + 3 }
    return Tokenizer(
      rules,
      Merges(bytes: bytes, table: [:], unknown: nil, fusesUnknown: false, wholeWords: [:]))
  }
}
