internal import Datasets
internal import JSON

/// `grounded compose`: a report generator and the network together, against reference reports.
struct Compose: Command {
  static let name = "compose"
  static let summary = "grounds a generator's reports on their images, for RadFact"
  static let description = [
    """
    Reads what a generator wrote, a study a line: {"study_id", "image", "generator": "maira-2", \
    "text"} or {"study_id", "image", "generator": "cxrmate-rrg24", "findings", "impression"}. The \
    image is the frontal one, seen from FILE's folder. MAIRA-2's text may be plain, or have its tags \
    (<obj>… <box><x55><y45><x70><y56></box></obj>); where these do not fit together they are taken \
    out, which is counted. CXRMate's [NF] and [NI] are empty sections.
    """,
    """
    The text is split into sentences as by the daemon, the network grounds each on the image, and \
    --output gets RadFact's grounded input: a sentence without a box has null. --targets names the \
    reference reports in the same format, by example_id; their predictions are not read. --rival \
    gets the same sentences with the boxes that MAIRA-2 gives itself, moved from its central square \
    to the whole image.
    """,
    """
    With --judge both are measured at once, as `grounded evaluate radfact` measures a file; its page \
    explains the judge. The network, its threshold and fusion are the configuration's.
    """,
  ]
  static let options: [Option] =
    Option.configuration + [
      .value("targets", "FILE", "The reference reports."),
      .value("output", "FILE", isRequired: true, "Where RadFact's input is written."),
      .value("rival", "FILE", "Where it is written with the generator's own boxes."),
    ] + RadFactJudgeChoices.options + [.json]
  static let operands = Operands.one("FILE")
  static let examples = [
    Example(
      "grounded compose --targets test.json --output ours.json --rival maira2.json maira2.jsonl",
      "MAIRA-2's sentences with our boxes, and with its own:"),
    Example(
      "grounded compose --targets test.json --output ours.json --judge rules cxrmate.jsonl",
      "CXRMate's reports, measured at once without a language model:"),
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let configuration = try arguments.configuration(environment: console.environment)
    let output = try OutputFile(arguments.required("output"))
    let rival = try arguments.value("rival").map(OutputFile.init)
    let judge = try RadFactJudgeChoices(arguments, on: console)
    if judge != nil, !arguments.has("targets") { throw UsageError.needing("judge", "targets") }
    let generated = try reports(arguments.operands[0])
    let targets = try targets(arguments.value("targets"), for: generated)
    let composition = try composed(generated, configuration, on: console)
    func examples(_ sentences: (Int) -> [RadFactSentence]) -> [RadFactExample] {
      composition.reports.indices.map { index in
        let study = composition.reports[index].study
        return RadFactExample(
          id: study, prediction: sentences(index), target: targets[study] ?? [])
      }
    }
    let ours = examples { composition.reports[$0].ours }
    let own = examples { composition.reports[$0].own }
    try output.write(JSON.array(ours.map(\.json)).bytes)
    try rival?.write(JSON.array(own.map(\.json)).bytes)
    guard let judge else {
      show(composition, nil, nil, arguments.has("json"), console)
      return .done
    }
    let result = try await RadFactResult(of: ours, by: judge, showingOn: console)
    var rivalResult: RadFactResult?
    if rival != nil {
      rivalResult = try await RadFactResult(of: own, by: judge, showingOn: console)
    }
    show(composition, result, rivalResult, arguments.has("json"), console)
    return .done
  }

  private static func reports(_ path: String) throws -> [ComposedReport] {
    var reader = try LineReader(path: path, lineBytesMax: 8 << 20)
    var reports: [ComposedReport] = []
    var studies: Set<String> = []
    while let line = try reader.next() {
      guard line.contains(where: { $0 > 0x20 }) else { continue }
      do throws(ComposedReport.Failure) {
        let report = try ComposedReport(parsing: line, file: path)
        guard studies.insert(report.study).inserted else {
          throw .init(description: "the study “\(report.study)” stands on an earlier line too")
        }
        reports.append(report)
      } catch {
        throw ComposedReport.Failure(description: "\(path):\(reader.line): \(error)")
      }
    }
    guard !reports.isEmpty else {
      throw ComposedReport.Failure(description: "\(path) has no reports")
    }
    return reports
  }

  /// The reference's sentences by study; none without a file.
  private static func targets(
    _ path: String?, for reports: [ComposedReport]
  ) throws -> [String: [RadFactSentence]] {
    guard let path else { return [:] }
    let references = try RadFactInput.read(path: path)
    let targets = Dictionary(uniqueKeysWithValues: references.map { ($0.id, $0.target) })
    for report in reports where targets[report.study] == nil {
      throw ComposedReport.Failure(
        description: "\(path) has no “\(report.study)”. Add its reference, or leave the study out.")
    }
    return targets
  }

  private static func composed(
    _ reports: [ComposedReport], _ configuration: Configuration, on console: Console
  ) throws -> Composition {
    var composition = try Composition(configuration)
    if composition.isUntrained {
      console.complain("The network is untrained: its boxes mean nothing.")
    }
    let meter = ProgressMeter(console)
    defer { meter.end() }
    for (index, report) in reports.enumerated() {
      meter.show(done: Int64(index), of: Int64(reports.count), unit: "reports")
      do { try composition.add(report) } catch {
        throw ComposedReport.Failure(description: "“\(report.study)”: \(error)")
      }
    }
    return composition
  }

  private static func show(
    _ composition: Composition, _ result: RadFactResult?, _ rival: RadFactResult?,
    _ isJSON: Bool, _ console: Console
  ) {
    let counts = composition.counts
    guard !isJSON else {
      let answer: JSON = [
        "reports": .integer(Int64(composition.reports.count)), "composition": counts.json,
        "radfact": result?.json ?? .null, "rival": rival?.json ?? .null,
      ]
      console.line(answer.text)
      return
    }
    console.line(
      "\(composition.reports.count) reports, \(counts.sentences) sentences: \(counts.grounded) "
        + "with boxes, \(counts.generatorsOwn) with the generator's own, "
        + "\(counts.skipped) not looked for")
    if counts.malformed > 0 {
      console.line("\(counts.malformed) reports have tags that do not fit: taken without them")
    }
    if counts.silent > 0 { console.line("\(counts.silent) reports say nothing") }
    let tables =
      (result?.tables("the network's boxes") ?? [])
      + (rival?.tables("the generator's own boxes") ?? [])
    if !tables.isEmpty {
      console.write("\n" + tables.map { $0.text(.table) }.joined(separator: "\n"))
    }
  }
}
