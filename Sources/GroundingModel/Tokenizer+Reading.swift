public import FoundationEssentials
public import JSON
internal import Tensors

extension Tokenizer {
  /// ModernBERT's has 3.6 MB and 201,000 values.
  private static let fileBytesMax = 32 << 20
  private static let fileValuesMax = 1_000_000

  /// Reads a Hugging Face `tokenizer.json`.
  ///
  /// What would change an id or an offset and is not built is refused by name.
  public init(file: URL) throws(TokenizerError) {
    let mapped: MappedFile
    do { mapped = try MappedFile(path: file.path) } catch {
      throw .unreadable(
        file: file.path, reason: "it is absent, no regular file or not ours to read")
    }
    guard mapped.count <= Self.fileBytesMax else { throw .tooLarge(what: "\(mapped.count) bytes") }
    try self.init(json: mapped.bytes(0..<mapped.count))
  }

  /// The name of a tokenizer in a checkpoint's metadata.
  public static let metadataName = "tokenizer"

  /// The tokenizer that a checkpoint carries as the text of a `tokenizer.json`; nil when it carries none.
  public init?(of checkpoint: Checkpoint) throws(TokenizerError) {
    guard let text = checkpoint.metadata[Self.metadataName] else { return nil }
    try self.init(json: Array(text.utf8))
  }

  /// Reads the bytes of a `tokenizer.json`.
  public init(json bytes: [UInt8]) throws(TokenizerError) {
    let values = valuesOfJSON(bytes)
    guard values <= Self.fileValuesMax else { throw .tooLarge(what: "\(values) values") }
    let file: JSON
    do {
      file = try JSON(parsing: bytes)
    } catch {
      throw .notJSON(reason: error.description)
    }
    try self.init(json: file)
  }

  /// Reads the value of a `tokenizer.json`.
  public init(json file: JSON) throws(TokenizerError) {
    guard let model = file["model"], model.members != nil else {
      throw .malformed(part: "model", reason: "is missing or no object")
    }
    for part in ["truncation", "padding"] {
      guard file[part]?.isNull ?? true else { throw .unsupported(feature: "built-in \(part)") }
    }
    let vocabulary = try TokenizerVocabulary(model)
    let added = try AddedTokens.read(file["added_tokens"])
    var rules = Rules()
    rules.composes = try Self.composes(file["normalizer"])
    rules.splitsWords = try Self.splitsWords(file["pre_tokenizer"])
    rules.rawTokens = AddedTokens(added.filter { !$0.isNormalized }.map { $0.token })
    rules.normalizedTokens = AddedTokens(
      added.filter { $0.isNormalized }.map { entry in
        var token = entry.token
        if rules.composes { token.content = NormalizedText.composed(token.content) }
        return token
      })
    (rules.before, rules.after) = try TokenizerTemplate.read(file["post_processor"])
    let ids = added.map { $0.token.id } + rules.before + rules.after
    rules.vocabularySize = 1 + Int(max(vocabulary.highest, ids.max() ?? 0))
    let padding = added.first { ["[PAD]", "<pad>"].contains($0.token.content) }
    rules.padding = padding?.token.id
    self.init(rules, try vocabulary.merges(of: model))
  }

  /// Whether the text is brought into normalisation form C; other normalisers are refused.
  private static func composes(_ normalizer: JSON?) throws(TokenizerError) -> Bool {
    guard let normalizer, !normalizer.isNull else { return false }
    switch normalizer["type"]?.string {
    case "NFC": return true
    case "Sequence":
      var composes = false
      for part in normalizer["normalizers"]?.array ?? [] {
        if try self.composes(part) { composes = true }
      }
      return composes
    case let type?: throw .unsupported(feature: "the normalizer \(type)")
    case nil: throw .malformed(part: "normalizer", reason: "has no type")
    }
  }

  /// Whether GPT-2's expression cuts the text into words.
  private static func splitsWords(_ splitter: JSON?) throws(TokenizerError) -> Bool {
    guard let splitter, !splitter.isNull else {
      throw .unsupported(feature: "no pre_tokenizer, where ByteLevel is needed")
    }
    if splitter["type"]?.string == "Sequence", let parts = splitter["pretokenizers"]?.array,
      parts.count == 1
    {
      return try splitsWords(parts[0])
    }
    guard splitter["type"]?.string == "ByteLevel" else {
      throw .unsupported(feature: "the pre_tokenizer \(splitter["type"]?.string ?? "without type")")
    }
    guard splitter["add_prefix_space"]?.boolean == false else {
      throw .unsupported(feature: "add_prefix_space")
    }
    return splitter["use_regex"]?.boolean ?? true
  }
}

extension AddedTokens {
  /// The file's added tokens, and whether each is looked for after normalisation.
  static func read(
    _ list: JSON?
  ) throws(TokenizerError) -> [(token: Token, isNormalized: Bool)] {
    guard let list, !list.isNull else { return [] }
    guard let entries = list.array else {
      throw .malformed(part: "added_tokens", reason: "is \(list.kind), not an array")
    }
    var tokens: [(Token, Bool)] = []
    for entry in entries {
      guard let content = entry["content"]?.string,
        let id = entry["id"]?.integer.flatMap(Int32.init(exactly:)), id >= 0
      else {
        throw .malformed(part: "added_tokens", reason: "has an entry without content or id")
      }
      let token = Token(
        id: id, content: content,
        takesLeft: entry["lstrip"]?.boolean ?? false,
        takesRight: entry["rstrip"]?.boolean ?? false,
        isWholeWord: entry["single_word"]?.boolean ?? false)
      let isSpecial = entry["special"]?.boolean ?? false
      tokens.append((token, entry["normalized"]?.boolean ?? !isSpecial))
    }
    return tokens
  }
}
