internal import FoundationEssentials
internal import GroundingModel
internal import GroundingService
internal import JSON
internal import Tensors

/// `grounded bench stream`: reports a second, and what it costs to wait for more of them.
struct BenchStream: Command {
  static let name = "bench stream"
  static let summary = "measures the network on a stream of reports, and the batcher's bound"
  static let description = [
    """
    Sends reports, each with an image of its own, through the network as the daemon does: as many together \
    as wait, up to model.batch_reports_max; text features of sentences that came before are kept. Shows reports \
    a second when some always wait. Then reports come at random at shares of that rate, and for each \
    bound of model.batch_wait the time to their boxes is shown.
    """,
    """
    Images are ready-made numbers: decoding is not measured. Without --weights: the full-size network with seeded \
    weights. Without --texts: sentences about drawn films.
    """,
  ]
  static let options: [Option] = [
    .value("weights", "FILE", "A checkpoint."),
    .value(
      "tokenizer", "FILE", "Its tokenizer.json (default: the checkpoint's, else the built-in)."),
    .value("texts", "FILE", "A CSV table of reports with “findings” and “impression”."),
    .value("reports", "N", "Reports in all; texts begin again (default 200)."),
    .value("batch", "N", "model.batch_reports_max (default 8)."),
    .value("wait", "MS", repeats: true, "A model.batch_wait in milliseconds. May be repeated."),
    .value("precision", "P", "f32, bf16, int8 or auto (default f32)."),
    .value("threads", "N", "Threads for the arithmetic (default: one for each core)."),
    .value("write-work", "FILE", "Writes the tokens of all sentences, for a rival."), .json,
  ]
  static let examples = [
    Example("grounded bench stream --wait 0 --wait 50 --wait 200", "What the bound costs:")
  ]

  /// Shares of the highest rate at which latency is measured.
  private static let loads = [0.5, 0.8]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let (threads, precision, waits) = (
      try arguments.threads, try arguments.precision, try waits(arguments)
    )
    let batch = try arguments.integer("batch", in: 1...256) ?? 8
    let checkpoint = try arguments.value("weights").map { try Checkpoint(path: $0) }
    let configuration = try checkpoint?.configuration ?? ModelConfiguration()
    let weights: any NamedTensorSource =
      try checkpoint ?? SeededWeights(configuration, seed: 1)
    let work = try work(arguments, checkpoint, configuration)
    if let file = arguments.value("write-work") {
      try OutputFile(file).write(work.json(side: configuration.side).bytes)
    }
    func trial(_ wait: Int) throws -> StreamTrial {
      let network = try MedGrounder(
        weights, configuration, threads: threads, precision: precision)
      return StreamTrial(
        work: work,
        worker: ModelWorker(
          imagesMax: batch, wait: .milliseconds(wait), metrics: ServiceMetrics()
        ) { try network.ground($0) })
    }
    let rate = try await trial(0).throughput(waiting: 2 * batch)
    var rows: [Row] = []
    for wait in waits {
      for load in loads {
        rows.append(
          Row(wait: wait, load: load, latency: try await trial(wait).latency(rate: load * rate)))
      }
    }
    show(work, rate, rows, arguments.has("json"), on: console)
    return .done
  }

  /// What was measured at one bound and one load.
  private struct Row {
    let wait: Int
    let load: Double
    let latency: StreamTrial.Latency
  }

  private static func work(
    _ arguments: Arguments, _ checkpoint: Checkpoint?, _ configuration: ModelConfiguration
  ) throws -> StreamWork {
    let carrier = try checkpoint ?? BuiltInNetwork.checkpoint()
    let file = arguments.value("tokenizer")
    guard
      let tokenizer = try file.map({ try Tokenizer(file: URL(filePath: $0)) })
        ?? Tokenizer(of: carrier)
    else { throw UsageError.missingOption("tokenizer") }
    let reports = try arguments.integer("reports", in: 1...1_000_000) ?? 200
    let table = arguments.value("texts")
    let texts = try table.map { try StreamWork.texts(path: $0) } ?? StreamWork.phantoms(reports)
    guard !texts.isEmpty else {
      throw UsageError.invalid(
        option: "texts", value: table ?? "", allowed: "a table of reports with sentences")
    }
    return StreamWork(
      texts: texts, count: reports, tokenizer: tokenizer, configuration: configuration)
  }

  private static func waits(_ arguments: Arguments) throws(UsageError) -> [Int] {
    try arguments.values("wait").map { word throws(UsageError) in
      guard let wait = Int(word), 0...10_000 ~= wait else {
        throw .invalid(option: "wait", value: word, allowed: "a number from 0 to 10,000")
      }
      return wait
    }
  }

  private static func show(
    _ work: StreamWork, _ rate: Double, _ rows: [Row], _ isJSON: Bool, on console: Console
  ) {
    if isJSON {
      let json: JSON = [
        "reports": .integer(Int64(work.reports.count)),
        "sentences": .integer(Int64(work.sentences)),
        "repeated": .integer(Int64(work.repeated)), "reports_per_second": .number(rate),
        "latency": .array(
          rows.map { row in
            [
              "wait_ms": .integer(Int64(row.wait)), "load": .number(row.load),
              "median_ms": .number(row.latency.median), "p99_ms": .number(row.latency.late),
            ]
          }),
      ]
      return console.line(json.text)
    }
    console.line(
      "\(work.reports.count) reports of \(work.sentences) sentences, of which \(work.repeated) "
        + "came before: \(fixed(rate, decimals: 2)) reports/s")
    for row in rows {
      console.line(
        "waiting up to \(row.wait) ms at \(Int(row.load * 100)) % of that: "
          + "median \(fixed(row.latency.median)) ms, p99 \(fixed(row.latency.late)) ms")
    }
  }
}
