internal import JSON
internal import Reports

/// `grounded sentences`: how a text is split.
struct SentencesCommand: Command {
  static let name = "sentences"
  static let summary = "splits a report's text into sentences"
  static let description = [
    """
    Shows the sentences that the daemon would ground, with their character ranges. The file is \
    plain text, or a generated report as JSON, of which every section is split.
    """,
    """
    With --json there is one line a sentence: {"section","text","start","end"}. Offsets count \
    Unicode scalars from the beginning of the section's text, or of the file when it is plain text; \
    the end is exclusive. In plain text a heading names the section of what follows.
    """,
  ]
  static let options: [Option] = [.json]
  static let operands = Operands.one("FILE")
  static let examples = [
    Example("grounded sentences report.txt", "One sentence a line:"),
    Example("grounded sentences --json - < report.json", "The sections of a generated report:"),
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    var reader = try LineReader(path: arguments.operands[0])
    for (name, text) in Self.sections(of: try reader.rest()) {
      var section = name
      for sentence in Sentences.split(text) {
        if name == nil && sentence.isHeading { section = Self.title(sentence.text) }
        guard arguments.has("json") else {
          console.line(sentence.text.replacing("\n", with: " "))
          continue
        }
        let line: JSON = [
          "section": .string(orNull: section), "text": .string(sentence.text),
          "start": .integer(Int64(sentence.start)), "end": .integer(Int64(sentence.end)),
        ]
        console.line(line.text)
      }
    }
    return .done
  }

  /// A heading without its marks: “FINDINGS:” is `findings`.
  private static func title(_ heading: String) -> String {
    let words = heading.lowercased().split { !$0.isLetter && !$0.isNumber }
    return words.joined(separator: " ")
  }

  /// A JSON object with `sections` is a report; everything else is text.
  private static func sections(of bytes: [UInt8]) -> [(String?, String)] {
    if let json = try? JSON(parsing: bytes), let sections = json["sections"]?.array {
      return sections.compactMap { section in
        section["text"]?.string.map { (section["name"]?.string, $0) }
      }  // not JSON: then it is text, which has no errors
    }
    return [(nil, String(decoding: bytes, as: UTF8.self))]
  }
}
