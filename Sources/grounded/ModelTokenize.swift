internal import FoundationEssentials
internal import GroundingModel
internal import JSON

/// `grounded model tokenize`: text to token ids.
struct ModelTokenize: Command {
  static let name = "model tokenize"
  static let summary = "shows the tokens of texts"
  static let description = [
    """
    Reads lines of JSON, {"text": …}, from standard input and writes one line for each: \
    {"ids": […], "offsets": [[start, end], …]}. Offsets count Unicode scalars of the text; the \
    tokens that the template adds have [0, 0].
    """
  ]
  static let options: [Option] = [
    .value(
      "tokenizer", "FILE", isRequired: true, "A tokenizer.json of a byte-level BPE tokenizer."),
    .json,
  ]
  static let examples = [
    Example(
      "echo '{\"text\":\"No pneumothorax.\"}' | grounded model tokenize --tokenizer tokenizer.json",
      "The tokens of a sentence:")
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let file = URL(filePath: try arguments.required("tokenizer"))
    let tokenizer = try Tokenizer(file: file)
    var reader = try LineReader(path: "-")
    var output: [UInt8] = []
    while let line = try reader.next() {
      guard !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) else {
        continue
      }
      guard let text = try JSON(parsing: line)["text"]?.string else {
        throw LineReader.Failure(description: "line \(reader.line) has no “text”")
      }
      let encoding = tokenizer.encode(text)
      let answer: JSON = [
        "ids": .array(encoding.ids.map { .integer(Int64($0)) }),
        "offsets": .array(
          encoding.offsets.map {
            [.integer(Int64($0.lowerBound)), .integer(Int64($0.upperBound))]
          }),
      ]
      answer.write(to: &output)
      output.append(UInt8(ascii: "\n"))
      if output.count > 1 << 16 {
        console.write(String(decoding: output, as: UTF8.self))
        output = []
      }
    }
    console.write(String(decoding: output, as: UTF8.self))
    return .done
  }
}
