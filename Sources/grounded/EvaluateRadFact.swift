internal import Datasets
internal import JSON

/// `grounded evaluate radfact`: what grounded reports say, and where, against reference reports.
struct EvaluateRadFact: Command {
  static let name = "evaluate radfact"
  static let summary = "measures grounded reports against reference reports (RadFact)"
  static let description = [
    """
    FILE is RadFact's grounded input: a JSON list of {"example_id", "prediction": [S…], "target": \
    [S…]}, where S is {"text", "boxes": null | [{"x_min", "y_min", "x_max", "y_max"}…]} in \
    fractions of the image. A FILE.csv has columns example_id, prediction and target with narrative \
    texts, which are split into sentences by the daemon's rules (RadFact has a language model do it).
    """,
    """
    Instead of FILE, --predictions and --targets name two files of grounded reports, one message of \
    the outbound topic a line; or --campaign and --target-campaign two campaigns of the ledger, or \
    one of these stands against a file. They are joined by report_id, or by study.
    """,
    """
    A judge says of each sentence whether the other report bears it out, and with which sentences: \
    one question for each sentence and direction. Generated sentences give precision, the reference's \
    recall; F1 is that of their means over reports. Logical: share of sentences that are borne out. \
    Spatial: share of sentences with boxes that are, and more than half of whose boxes is covered by \
    those of the evidence. Grounding: the same, of the sentences with boxes that are borne out.
    """,
    """
    The judge is a language model at --judge, asked at temperature 0 with a prompt of our own (RadFact \
    has another, so numbers compare only with the same prompt and model). Its key comes from the \
    environment variable GROUNDED_JUDGE_KEY. HTTP 429, 5xx and broken connections are tried again, up to \
    six times. An answer that is none counts as not borne out. --verdicts keeps every verdict: a \
    second run asks nothing, and one that was stopped goes on. The file holds the reports' sentences.
    """,
    """
    --judge=rules is a stand-in without a language model: both sentences deny or both do not, 60 % of \
    the words are found, and all sides (left, right, both). It knows no synonyms. Tables and JSON say \
    that it is not RadFact's judge.
    """,
  ]
  static let options: [Option] =
    Option.configuration + [
      .value("predictions", "FILE", "Generated reports, as grounded messages."),
      .value("targets", "FILE", "Reference reports, as grounded messages."),
      .value("campaign", "NAME", "Takes generated reports from that campaign of the ledger."),
      .value("target-campaign", "NAME", "Takes reference reports from that campaign."),
      .value("join-by", "KEY", "report (default) or study: the study's UID, or accession number."),
    ] + RadFactJudgeChoices.options + [.json]
  static let operands = Operands.optional("FILE")
  static let examples = [
    Example(
      "grounded evaluate radfact --judge http://localhost/v1 --judge-model m --verdicts v r.json",
      "A language model on this machine as judge:"),
    Example("grounded evaluate radfact --judge rules reports.json", "Without one:"),
    Example(
      "grounded evaluate radfact --judge rules --campaign v2 --target-campaign live",
      "A new network's boxes, as if those of the live one were true:"),
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    guard let choices = try RadFactJudgeChoices(arguments, on: console) else {
      throw UsageError.missingOption("judge")
    }
    let examples = try await examples(arguments, environment: console.environment)
    guard !examples.isEmpty else {
      throw RadFactReports.Failure(description: "there are no reports to measure")
    }
    let result = try await RadFactResult(of: examples, by: choices, showingOn: console)
    if arguments.has("json") {
      console.line(result.json.text)
    } else {
      console.write(result.tables().map { $0.text(.table) }.joined(separator: "\n"))
    }
    return .done
  }

  private static func examples(
    _ arguments: Arguments, environment: [String: String]
  ) async throws -> [RadFactExample] {
    let sources = ["predictions", "campaign", "targets", "target-campaign"]
    if let path = arguments.operands.first {
      if sources.contains(where: { arguments.has($0) }) { throw UsageError.surplusOperand(path) }
      return try RadFactReports.examples(path)
    }
    guard sources.contains(where: { arguments.has($0) }) else {
      throw UsageError.missingOperand("FILE")
    }
    let keys = RadFactReports.Key.allCases.map(\.rawValue)
    let word = try arguments.choice("join-by", of: keys)
    let key = word.flatMap(RadFactReports.Key.init) ?? .report
    let predictions = try source(arguments, file: "predictions", campaign: "campaign")
    let targets = try source(arguments, file: "targets", campaign: "target-campaign")
    func reports(_ source: Source) async throws -> RadFactReports.Keyed {
      switch source {
      case .file(let path): return try RadFactReports.messages(path, by: key)
      case .campaign(let name):
        let configuration = try arguments.configuration(environment: environment)
        return try await RadFactReports.campaign(name, by: key, configuration)
      }
    }
    return try RadFactReports.joined(await reports(predictions), await reports(targets))
  }

  /// Where grounded reports come from.
  private enum Source {
    case file(String)
    case campaign(String)
  }

  private static func source(
    _ arguments: Arguments, file: String, campaign: String
  ) throws -> Source {
    guard let name = arguments.value(campaign) else {
      return .file(try arguments.required(file))
    }
    if arguments.has(file) { throw UsageError.contradicting(file, campaign) }
    return .campaign(name)
  }
}
