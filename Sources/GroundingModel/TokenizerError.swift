/// Why a tokenizer cannot be built from its file.
public enum TokenizerError: Error, Hashable, CustomStringConvertible {
  /// The file cannot be read.
  case unreadable(file: String, reason: String)
  /// The bytes are not JSON.
  case notJSON(reason: String)
  /// The file has more bytes or values than a tokenizer of ours needs.
  case tooLarge(what: String)
  /// A part that must be there is missing, of the wrong type or contradicts another.
  case malformed(part: String, reason: String)
  /// The file asks for something that would change ids or offsets, and that is not built.
  case unsupported(feature: String)
  /// The tokenizer is sound, and another network's.
  case doesNotFit(reason: String)

  /// One line, whatever the file calls its parts.
  public var description: String { text.inOneLine }

  private var text: String {
    switch self {
    case .unreadable(let file, let reason):
      "cannot read the tokenizer \(file): \(reason). Correct the path or its permissions."
    case .notJSON(let reason):
      "the tokenizer is \(reason). Fetch tokenizer.json again."
    case .tooLarge(let what):
      "the tokenizer has \(what), far more than a vocabulary needs. Fetch tokenizer.json again."
    case .malformed(let part, let reason):
      "the tokenizer's “\(part)” \(reason). Fetch tokenizer.json again."
    case .unsupported(let feature):
      "the tokenizer asks for \(feature), which is not supported. "
        + "Use a byte-level BPE tokenizer.json without it."
    case .doesNotFit(let reason):
      "the tokenizer does not belong to the checkpoint: \(reason). "
        + "Use the tokenizer.json that its text encoder was trained with."
    }
  }
}
