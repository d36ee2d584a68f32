extension Tokenizer {
  /// Checks that a text encoder of this configuration was trained with such ids.
  ///
  /// A tokenizer of another model gives ids too, and the network boxes for them that mean nothing. So every
  /// id must have its row in the table of embeddings, and a text must stand between the configuration's
  /// own special tokens.
  public func check(against configuration: ModelConfiguration) throws(TokenizerError) {
    guard vocabularySize <= configuration.vocabulary else {
      throw .doesNotFit(
        reason: "its ids reach \(vocabularySize - 1), and the network knows "
          + "\(configuration.vocabulary) tokens")
    }
    let (start, end) = (Int32(configuration.startToken), Int32(configuration.endToken))
    guard before == [start], after == [end] else {
      throw .doesNotFit(
        reason: "it puts \(before) and \(after) around a text, and the network expects "
          + "[\(start)] and [\(end)]")
    }
  }
}
