internal import FoundationEssentials
internal import GroundingService
internal import JSON
internal import KafkaClient
internal import Reports

/// `grounded publish`: generated reports to the inbound topic.
struct Publish: Command {
  static let name = "publish"
  static let summary = "sends generated reports to the inbound topic"
  static let description = [
    """
    Reads one report a line and sends it, keyed by its report_id, to the inbound topic. Every line \
    is checked as the daemon would check it; nothing is sent after a line that is wrong, and the \
    line is named.
    """,
    """
    --from json takes reports of report.generated.v1 as they are. --from maira2 and --from cxrmate \
    take the outputs of these generators, one line of JSON for each study: report_id, the images \
    (images, or image with view), and text for MAIRA-2 (with width and height when it has boxes, \
    since its boxes are on the central square of the image), findings and impression for CXRMate.
    """,
    """
    Ends when Kafka has acknowledged every report; the exit status is 1 when it refused one. When \
    Kafka does not answer it says so, and tries until kafka.message.timeout.ms is over (2 minutes).
    """,
  ]
  static let options =
    Option.configuration + [
      .value("from", "FORMAT", "json (the default), maira2 or cxrmate."),
      .flag("dry-run", "Checks the lines and sends nothing."),
      .json,
    ]
  static let operands = Operands.one("FILE")
  static let examples = [
    Example("grounded publish reports.jsonl", "Reports of the contract, one a line:"),
    Example("grounded publish --from maira2 - < maira2.jsonl", "MAIRA-2's output:"),
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let configuration = try arguments.configuration(environment: console.environment)
    let formats = GeneratorOutput.allCases.map(\.rawValue)
    let format = try arguments.choice("from", of: formats) ?? GeneratorOutput.json.rawValue
    let setup = ServiceSetup(configuration)
    let limits = setup.reportLimits()
    var reports = Lines(
      reader: try LineReader(path: arguments.operands[0]),
      format: GeneratorOutput(rawValue: format) ?? .json, limits: limits)
    guard !arguments.has("dry-run") else {
      while try reports.next() != nil {}
      let answer: JSON = ["checked": .integer(Int64(reports.count)), "published": 0]
      console.line(
        arguments.has("json") ? answer.text : "\(reports.count) reports are fit to be sent")
      return .done
    }
    var outbound = try Outbound(
      setup.kafka().carrying(limits), topic: configuration.text("topics.generated"),
      complain: { console.complain("grounded publish: \($0)") })
    try send(&reports, by: &outbound)
    let count = Int64(reports.count)
    let answer: JSON = ["checked": .integer(count), "published": .integer(count)]
    console.line(arguments.has("json") ? answer.text : "published \(count) reports")
    return .done
  }

  /// Sends until a line is wrong or one was refused; what was sent before is waited for all the same.
  private static func send(_ reports: inout Lines, by outbound: inout Outbound) throws {
    var problem: (any Error)?
    do {
      while !outbound.isRefused, let message = try reports.next() {
        try outbound.send(message, ticket: UInt64(reports.line))
      }
    } catch let error as KafkaError {
      problem = Wrong(line: reports.line, problem: error)
    } catch {
      problem = error
    }
    do { try outbound.finish() } catch {
      throw Wrong(line: Int(error.ticket), others: error.count - 1, problem: error.problem)
    }
    if let problem { throw problem }
  }

  /// What is wrong with a line. It is free of the line's text, as its cause is.
  private struct Wrong: Error, CustomStringConvertible {
    let line: Int
    /// Lines with the same fate.
    var others = 0
    let problem: any Error

    var description: String {
      "line \(line)\(others > 0 ? " and \(others) more" : ""): \(problem)"
    }
  }

  /// The messages of a file's lines, checked; blank lines are passed over.
  private struct Lines: ~Copyable {
    var reader: LineReader
    let format: GeneratorOutput
    let limits: ReportLimits
    private(set) var count = 0

    init(reader: consuming LineReader, format: GeneratorOutput, limits: ReportLimits) {
      self.reader = reader
      self.format = format
      self.limits = limits
    }

    var line: Int { reader.line }

    mutating func next() throws -> EncodedMessage? {
      while let line = try reader.next() {
        guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { continue }
        do {
          let message = try format.message(
            line, id: UUID().uuidString.lowercased(), source: "grounded-publish", time: Date(),
            limits: limits)
          count += 1
          return message
        } catch {
          throw Wrong(line: reader.line, problem: error)
        }
      }
      return nil
    }
  }
}
