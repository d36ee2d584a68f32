internal import JSON
internal import Reports

/// `grounded sentences`: how a text is split.
struct SentencesCommand: Command {
  static let name = "sentences"
  static let summary = "splits a report's text into sentences"
  static let description = [
    """
    Shows the sentences that the daemon would see, headings included, with their character ranges. \
    The file is plain text, or a generated report as JSON: bare, or as a structured CloudEvent.
    """,
    """
    With --json there is one line a sentence: {"section","text","start","end"}. Offsets count \
    Unicode scalars from the beginning of the section's text, or of the file when it is plain text; \
    the end is exclusive; both are null where the report has sentences instead of sections. In plain \
    text a heading names the section of what follows.
    """,
  ]
  static let options: [Option] = Option.configuration + [.json]
  static let operands = Operands.one("FILE")
  static let examples = [
    Example("grounded sentences report.txt", "One sentence a line:"),
    Example("grounded sentences --json - < report.json", "The sections of a generated report:"),
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let configuration = try arguments.configuration(environment: console.environment)
    var reader = try LineReader(path: arguments.operands[0])
    let report = try ReportText(
      reading: reader.rest(), limits: ServiceSetup(configuration).reportLimits())
    for sentence in report.sentences {
      guard arguments.has("json") else {
        console.line(Self.line(sentence.text))
        continue
      }
      let line: JSON = [
        "section": .string(orNull: sentence.section), "text": .string(sentence.text),
        "start": sentence.start.map { .integer(Int64($0)) } ?? .null,
        "end": sentence.end.map { .integer(Int64($0)) } ?? .null,
      ]
      console.line(line.text)
    }
    return .done
  }

  /// The text on one line, whatever its line breaks are.
  private static func line(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
