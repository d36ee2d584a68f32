internal import FoundationEssentials
internal import GroundingService
internal import Images
internal import JSON
internal import Journal
internal import KafkaClient
internal import PostgresClient
internal import Reports
internal import Threads

/// `grounded demo`: everything on one machine, with nothing installed beside the packages.
struct Demo: Command {
  static let name = "demo"
  static let summary = "shows everything on this machine: reports in, grounded reports out"
  static let description = [
    """
    Starts a private PostgreSQL in a temporary folder and Kafka brokers inside this process, creates \
    topics and tables, publishes sample reports, runs the daemon's own pipeline until they are \
    grounded, writes a page to look at, and removes everything again.
    """,
    """
    The radiographs are drawn by the program, and show what the reports say. The built-in network is \
    trained on drawn phantoms and on films with drawn lungs; --weights and --tokenizer show another \
    one. Two of the messages are broken on purpose, to show where such messages go.
    """,
    "With --json: {\"reports\",\"sentences\",\"regions\",\"rejected\",\"html\"}.",
  ]
  static let options: [Option] = [
    .value("output", "DIR", "Where index.html is written; made if it is not there."),
    .value("weights", "FILE", "A checkpoint, in the place of the built-in network."),
    .value("tokenizer", "FILE", "The tokenizer that belongs to it."),
    .flag("keep", "Leaves brokers and database running until Ctrl-C, and says where they are."),
    .json,
  ]
  static let examples = [Example("grounded demo --output demo", "Then open demo/index.html:")]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let output = URL(
      filePath: try arguments.required("output"), directoryHint: .isDirectory)
    let signals = Signals.arrivals()
    let isQuiet = arguments.has("json") && !console.isTerminal
    let show = DemoRun(
      output: output, weights: arguments.value("weights"),
      tokenizer: arguments.value("tokenizer"),
      say: { text in if !isQuiet { console.complain(text) } })
    let result = try await show.run { bench in
      if arguments.has("keep") { await hold(bench, until: signals, console) }
    }
    if arguments.has("json") {
      console.line(result.json.text)
    } else {
      console.line(
        "\(result.reports) reports, \(result.sentences) sentences, \(result.regions) regions, "
          + "\(result.rejected) rejected. Open \(result.html)")
    }
    return .done
  }

  /// Leaves everything running until a signal, and says where it is.
  private static func hold(
    _ bench: Workbench, until signals: AsyncStream<Signal>, _ console: Console
  ) async {
    console.complain("kafka.bootstrap.servers = \(bench.brokers.addresses)")
    console.complain("postgres.uri = \(bench.postgres.uri)")
    console.complain("Ctrl-C ends it.")
    for await signal in signals where signal != .hangUp { return }
  }
}

/// What the demonstration came to.
struct DemoResult: Sendable {
  var reports = 0
  var sentences = 0
  var regions = 0
  var rejected = 0
  var html = ""

  var json: JSON {
    [
      "reports": .integer(Int64(reports)), "sentences": .integer(Int64(sentences)),
      "regions": .integer(Int64(regions)), "rejected": .integer(Int64(rejected)),
      "html": .string(html),
    ]
  }
}
