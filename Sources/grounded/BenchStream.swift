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
    Images are ready-made samples: decoding is not measured. Without --weights: the full-size network with seeded \
    weights. Without --texts: sentences about drawn films.
    """,
    """
    With --device cuda:N: on a GPU, with bounds of 0, 1, 2, 5, 10 and 50 ms unless --wait names others. \
    What had to be made ready for batches of new sizes is measured again, up to five times.
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
    .value("precision", "P", "f32, bf16, int8 or auto (default f32); f16 on a GPU."),
    .value("device", "D", "cpu, or cuda:N for an NVIDIA GPU (default cpu)."),
    .value("cuda-folder", "FOLDER", "Where NVIDIA's libraries are, as grounder.cuda_folder."),
    .value("threads", "N", "Threads for the arithmetic (default: one for each core)."),
    .value("write-work", "FILE", "Writes the tokens of all sentences, for a rival."), .json,
  ]
  static let examples = [
    Example("grounded bench stream --wait 0 --wait 50 --wait 200", "What the bound costs:")
  ]

  /// Shares of the highest rate at which latency is measured.
  private static let loads = [0.5, 0.8]
  /// In milliseconds, where none is asked for.
  private static let deviceWaits = [0, 1, 2, 5, 10, 50]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let (device, asked) = (try arguments.device, try waits(arguments))
    let checkpoint = try arguments.value("weights").map { try Checkpoint(path: $0) }
    let configuration = try checkpoint?.configuration ?? ModelConfiguration()
    let work = try work(arguments, checkpoint, configuration)
    if let file = arguments.value("write-work") {
      try OutputFile(file).write(work.json(side: configuration.side).bytes)
    }
    let place = try place(device, arguments, checkpoint, configuration, console)
    let rate = try await place.throughput(work)
    var rows: [Row] = []
    for wait in asked.isEmpty && device != .cpu ? deviceWaits : asked {
      for load in loads {
        let latency = try await place.latency(
          work, wait: .milliseconds(wait), rate: load * rate.value)
        rows.append(Row(wait: wait, load: load, latency: latency))
      }
    }
    show(work, rate, rows, arguments.has("json"), on: console)
    return .done
  }

  /// What was measured at one bound and one load.
  private struct Row {
    let wait: Int
    let load: Double
    let latency: StreamPlace.Measured<StreamTrial.Latency>
  }

  private static func place(
    _ device: DeviceName, _ arguments: Arguments, _ checkpoint: Checkpoint?,
    _ configuration: ModelConfiguration, _ console: Console
  ) throws -> StreamPlace {
    let batch = try arguments.integer("batch", in: 1...256) ?? 8
    let weights: any NamedTensorSource =
      try checkpoint ?? SeededWeights(configuration, seed: 1)
    switch device {
    case .cpu:
      return .cpu(
        weights, configuration, threads: try arguments.threads,
        precision: try arguments.precision(for: weights), batch: batch)
    case .gpu(let ordinal):
      return try .device(
        ordinal: ordinal, folder: arguments.value("cuda-folder"),
        environment: console.environment, weights, configuration, arguments.factors, batch: batch)
    }
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
    _ work: StreamWork, _ rate: StreamPlace.Measured<Double>, _ rows: [Row], _ isJSON: Bool,
    on console: Console
  ) {
    guard !isJSON else { return console.line(json(work, rate, rows).text) }
    console.line(
      "\(work.reports.count) reports of \(work.sentences) sentences, of which \(work.repeated) "
        + "came before: \(fixed(rate.value, decimals: 2)) reports/s" + note(rate.surprises))
    for row in rows {
      let latency = row.latency.value
      console.line(
        "waiting up to \(row.wait) ms at \(Int(row.load * 100)) % of that: "
          + "median \(fixed(latency.median, decimals: 2)) ms, "
          + "p99 \(fixed(latency.late, decimals: 2)) ms" + note(row.latency.surprises))
    }
  }

  private static func note(_ surprises: Int) -> String {
    surprises > 0 ? ", with \(surprises) batches of sizes that were new" : ""
  }

  private static func json(
    _ work: StreamWork, _ rate: StreamPlace.Measured<Double>, _ rows: [Row]
  ) -> JSON {
    [
      "reports": .integer(Int64(work.reports.count)),
      "sentences": .integer(Int64(work.sentences)),
      "repeated": .integer(Int64(work.repeated)), "reports_per_second": .number(rate.value),
      "new_sizes": .integer(Int64(rate.surprises)),
      "latency": .array(
        rows.map { row in
          [
            "wait_ms": .integer(Int64(row.wait)), "load": .number(row.load),
            "median_ms": .number(row.latency.value.median),
            "p99_ms": .number(row.latency.value.late),
            "new_sizes": .integer(Int64(row.latency.surprises)),
          ]
        }),
    ]
  }
}
