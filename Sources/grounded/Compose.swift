internal import Datasets
internal import Images
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
    reference reports in the same format, by example_id; their predictions are not read, and \
    references without a report are counted.
    """,
    """
    --rival gets the reports that have MAIRA-2's tags, with the boxes that it gives itself, moved from \
    its central square to the whole image; those without an area are kept, since RadFact holds them \
    against it.
    """,
    """
    With --judge both are measured at once, as `grounded evaluate radfact` measures a file; its page \
    explains the judge. Every question is asked once, also where both ask it, and the network's \
    boxes are measured in the rival's reports alone too. The network, its threshold and fusion are \
    the configuration's.
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
    let judge = try RadFactJudgeChoices(arguments, on: console)
    if judge != nil, !arguments.has("targets") { throw UsageError.needing("judge", "targets") }
    let (output, rival) = try outputs(arguments)
    let generated = try reports(arguments.operands[0])
    if rival != nil, !generated.contains(where: { $0.hasTags }) {
      throw ComposedReport.Failure(
        description: "no report has MAIRA-2's tags, and so boxes of its own. Leave --rival out.")
    }
    let (targets, surplus) = try targets(arguments.value("targets"), for: generated, on: console)
    let contents = try contents(of: generated, configuration, on: console)
    let hearing = try judge.map { try RadFactHearing($0) }
    let composition = try composed(generated, contents, configuration, on: console)
    let ours = composition.examples(against: targets) { $0.ours }
    let own = rival == nil ? [] : composition.examples(against: targets) { $0.own }
    try output.write(JSON.array(ours.map(\.json)).bytes)
    try rival?.write(JSON.array(own.map(\.json)).bytes)
    var result = ComposeResult(
      reports: ours.count, counts: composition.counts, surplus: surplus)
    if let hearing {
      let verdicts = try await hearing.verdicts(on: ours + own, showingOn: console)
      func measured(_ examples: [RadFactExample]) -> RadFactResult {
        RadFactResult(of: examples, verdicts, by: hearing.choices)
      }
      result.radFact = measured(ours)
      if !own.isEmpty {
        let beside = composition.examples(against: targets) { $0.own == nil ? nil : $0.ours }
        result.rival = (measured(own), measured(beside))
      }
    }
    if arguments.has("json") { console.line(result.json.text) } else { result.show(on: console) }
    return .done
  }

  /// Where to write, which must be none of what is read.
  private static func outputs(
    _ arguments: Arguments
  ) throws -> (ours: OutputFile, rival: OutputFile?) {
    let output = try OutputFile(arguments.required("output"))
    let rival = try arguments.value("rival").map(OutputFile.init)
    let named = (["targets"] + RadFactJudgeChoices.files).compactMap { arguments.value($0) }
    let files = arguments.operands + named
    try output.check(apartFrom: files)
    try rival?.check(apartFrom: files + [output.path])
    return (output, rival)
  }

  private static func reports(_ path: String) throws -> [ComposedReport] {
    var reader = try LineReader(path: path, lineBytesMax: 8 << 20)
    var reports: [ComposedReport] = []
    var studies: Set<String> = []
    while let line = try reader.next() {
      guard line.contains(where: { $0 > 0x20 }) else { continue }
      do throws(ComposedReport.Failure) {
        let report = try ComposedReport(parsing: line, file: path, line: reader.line)
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

  /// The reference's sentences by study, none without a file; and how many have no report.
  private static func targets(
    _ path: String?, for reports: [ComposedReport], on console: Console
  ) throws -> (byStudy: [String: [RadFactSentence]], surplus: Int) {
    guard let path else { return ([:], 0) }
    let targets = try RadFactInput.readTargets(path: path)
    for report in reports where targets[report.study] == nil {
      throw ComposedReport.Failure(
        description: "\(path) has no “\(report.study)”. Add its reference, or leave the study out.")
    }
    let surplus = targets.count - reports.count
    if surplus > 0 {
      console.complain(
        "\(path): \(surplus) of \(targets.count) references have no report, and are left out.")
    }
    return (targets, surplus)
  }

  /// What each report says; an image that cannot be read is found before the long work begins.
  private static func contents(
    of reports: [ComposedReport], _ configuration: Configuration, on console: Console
  ) throws -> [ComposedReport.Contents] {
    let limits = ServiceSetup(configuration).reportLimits()
    let meter = ProgressMeter(console)
    defer { meter.end() }
    return try reports.enumerated().map { index, report in
      meter.show(done: Int64(index), of: Int64(reports.count), unit: "images read")
      do {
        let picture = try Ground.picture(report.image, configuration)
        return try report.contents(
          width: picture.width, height: picture.height, limits: limits)
      } catch {
        throw ComposedReport.Failure(
          description: "\(report.place): “\(report.study)”: \(error)")
      }
    }
  }

  private static func composed(
    _ reports: [ComposedReport], _ contents: [ComposedReport.Contents],
    _ configuration: Configuration, on console: Console
  ) throws -> Composition {
    var composition = try Composition(configuration)
    if composition.isUntrained {
      console.complain("The network is untrained: its boxes mean nothing.")
    }
    let meter = ProgressMeter(console)
    defer { meter.end() }
    for (index, report) in reports.enumerated() {
      meter.show(done: Int64(index), of: Int64(reports.count), unit: "reports")
      do { try composition.add(report, contents[index]) } catch {
        throw ComposedReport.Failure(
          description: "\(report.place): “\(report.study)”: \(error)")
      }
    }
    return composition
  }
}
