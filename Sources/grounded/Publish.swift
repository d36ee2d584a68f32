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
    "Ends when Kafka has acknowledged every report; the exit status is 1 when it refused one.",
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
    let source = GeneratorOutput(rawValue: format) ?? .json
    var reader = try LineReader(path: arguments.operands[0])
    var outbound: Outbound?
    if !arguments.has("dry-run") {
      outbound = try Outbound(setup.kafka(), topic: configuration.text("topics.generated"))
    }
    var count = 0
    do {
      while let line = try reader.next() {
        guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { continue }
        try outbound?.send(Self.message(line, from: source, limits: setup.reportLimits()))
        if outbound == nil {
          _ = try Self.message(line, from: source, limits: setup.reportLimits())
        }
        count += 1
      }
    } catch {
      console.complain("line \(reader.line): \(error)")
      try outbound?.finish()
      return .failed
    }
    try outbound?.finish()
    let answer: JSON = ["published": .integer(outbound == nil ? 0 : Int64(count))]
    let text =
      outbound == nil ? "\(count) reports are fit to be sent" : "published \(count) reports"
    console.line(arguments.has("json") ? answer.text : text)
    return .done
  }

  private static func message(
    _ line: [UInt8], from source: GeneratorOutput, limits: ReportLimits
  ) throws -> EncodedMessage {
    let json = try JSON(parsing: line)
    let report = try source.report(json, limits: limits)
    // A report of the contract travels as it is: fields that we do not know included.
    if source == .json {
      return EncodedMessage(key: Array(report.reportID.utf8), headers: [], value: line)
    }
    return report.encoded(
      id: UUID().uuidString.lowercased(), source: "grounded-publish", time: Date())
  }
}

/// Sends messages and knows what became of them.
struct Outbound: ~Copyable {
  private let producer: KafkaProducer
  private let topic: String
  private var sent: UInt64 = 0
  private var acknowledged: UInt64 = 0

  init(_ settings: KafkaSettings, topic: String) throws(KafkaError) {
    producer = try KafkaProducer(settings, logger: { _, _, _ in })
    self.topic = topic
  }

  /// Hands one message over; waits for room when the queue is full.
  mutating func send(_ message: EncodedMessage) throws(KafkaError) {
    let outbound = OutboundMessage(
      topic: topic, key: message.key, value: message.value,
      headers: message.headers.map { KafkaHeader(name: $0.name, value: $0.value) })
    while true {
      do throws(KafkaError) {
        try producer.send(outbound, ticket: sent)
        sent += 1
        if sent % 1_024 == 0 { try take(.zero) }
        return
      } catch {
        guard case .queueFull = error else { throw error }
        try take(.milliseconds(100))
      }
    }
  }

  /// Waits until Kafka has answered for every message; throws what it refused.
  mutating func finish() throws(KafkaError) {
    while acknowledged < sent { try take(.seconds(1)) }
  }

  private mutating func take(_ timeout: Duration) throws(KafkaError) {
    for report in producer.deliveries(timeout: timeout, max: 10_000) {
      acknowledged += 1
      _ = try report.get()
    }
  }
}
