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
    Instead of FILE, each side may be a file of grounded reports, one message of the outbound topic a \
    line (--predictions, --targets); a campaign of the ledger (--campaign, --target-campaign); or what \
    an outbound topic holds now (--topic, --target-topic). They are joined by report_id, or by study. \
    Of a report that a campaign or topic has twice the last grounding counts. --write gives RadFact's \
    input of the joined reports, and needs no judge.
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
    has another, so numbers compare only with the same prompt and model; JSON gives the prompt's \
    SHA-256). HTTP 429, 5xx and broken connections are tried again, up to six times. An answer that is \
    none counts as not borne out, and so does a question that the judge refuses (HTTP 400, 413, 422) \
    where it answers others. --verdicts keeps every verdict: a second run asks nothing, and one that \
    was stopped goes on. The file holds the reports' sentences.
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
      .value("topic", "NAME", "Takes generated reports from that topic of the brokers."),
      .value("target-topic", "NAME", "Takes reference reports from that topic."),
      .value("join-by", "KEY", "report (default) or study: the study's UID, or accession number."),
      .value("write", "FILE", "Where RadFact's input of the reports is written."),
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
    Example(
      "grounded evaluate radfact --write new.json --topic reports.grounded --targets r.jsonl",
      "A topic's reports for RadFact itself, without a judge:"),
  ]

  private static let sources = [
    "predictions", "campaign", "topic", "targets", "target-campaign", "target-topic",
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let choices = try RadFactJudgeChoices(arguments, on: console)
    guard choices != nil || arguments.has("write") else { throw UsageError.missingOption("judge") }
    let output = try arguments.value("write").map(OutputFile.init)
    let files = ["predictions", "targets"] + RadFactJudgeChoices.files
    try output?.check(apartFrom: arguments.operands + files.compactMap { arguments.value($0) })
    let examples = try await examples(arguments, on: console)
    guard !examples.isEmpty else {
      throw RadFactReports.Failure(description: "there are no reports to measure")
    }
    try output?.write(JSON.array(examples.map(\.json)).bytes)
    guard let choices else {
      let answer: JSON = ["written": .integer(Int64(examples.count))]
      console.line(arguments.has("json") ? answer.text : "wrote \(examples.count) reports")
      return .done
    }
    let verdicts = try await RadFactHearing(choices).verdicts(on: examples, showingOn: console)
    let result = RadFactResult(of: examples, verdicts, by: choices)
    if arguments.has("json") {
      console.line(result.json.text)
    } else {
      console.write(result.tables().map { $0.text(.table) }.joined(separator: "\n"))
    }
    return .done
  }

  private static func examples(
    _ arguments: Arguments, on console: Console
  ) async throws -> [RadFactExample] {
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
    let predictions = try RadFactSource(
      arguments, file: "predictions", campaign: "campaign", topic: "topic")
    let targets = try RadFactSource(
      arguments, file: "targets", campaign: "target-campaign", topic: "target-topic")
    return try RadFactReports.joined(
      await predictions.reports(by: key, arguments, on: console),
      await targets.reports(by: key, arguments, on: console))
  }
}
