internal import Datasets
internal import GroundingModel
internal import JSON

/// `grounded model tokenizer`: learns a tokenizer.
struct ModelTokenizer: Command {
  static let name = "model tokenizer"
  static let summary = "learns a tokenizer from the sentences of manifests"
  static let description = [
    """
    Writes the tokenizer.json of a byte-level BPE tokenizer whose merges fit the sentences. No text \
    is unknown to it: every byte is a token. [UNK], [CLS], [SEP], [PAD] and [MASK] have the ids 0 to \
    4; a text stands between [CLS] and [SEP]. The same sentences give the same file.
    """,
    "Give it training sentences only: what it learns from others, an evaluation cannot judge.",
  ]
  static let options: [Option] = [
    .value("output", "FILE", isRequired: true, "The tokenizer.json to write."),
    .value("size", "N", "Tokens at most, 261 to 65536 (default 2048)."), .json,
  ]
  static let operands = Operands.several("MANIFEST")
  static let examples = [
    Example(
      "grounded model tokenizer --output tokenizer.json phantom/train.jsonl films/train.jsonl",
      "For a network that is trained from scratch:")
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let output = try OutputFile(arguments.required("output"))
    let range = TokenizerTraining.sizeMin...65_536
    let size = try arguments.integer("size", in: range) ?? 2_048
    var sentences: [String] = []
    for path in arguments.operands {
      var reader = try ManifestReader(path: path)
      while let entry = try reader.next() { sentences.append(entry.sentence) }
    }
    let file = TokenizerTraining(texts: sentences, size: size).json()
    let tokenizer = try Tokenizer(json: file)
    try output.write(file.bytes)
    let tokens = sentences.reduce(0) { $0 + tokenizer.encode($1).ids.count }
    let mean = Double(10 * tokens / max(1, sentences.count)) / 10
    if arguments.has("json") {
      let answer: JSON = [
        "tokens": .integer(Int64(tokenizer.vocabularySize)),
        "sentences": .integer(Int64(sentences.count)), "tokens_per_sentence": .number(mean),
      ]
      console.line(answer.text)
    } else {
      console.line(
        "\(tokenizer.vocabularySize) tokens from \(sentences.count) sentences, \(mean) in each")
    }
    return .done
  }
}
