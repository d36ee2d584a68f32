internal import FoundationEssentials
internal import GroundingService
internal import JSON
internal import Journal
internal import PostgresClient
internal import Reports

/// `grounded bench replay`: how fast the past is gone over again.
struct BenchReplay: Command {
  static let name = "bench replay"
  static let summary = "measures replays from raw scores and from the ledger's messages"
  static let description = [
    """
    Starts a private PostgreSQL (durable, as installed) and Kafka brokers in this process, grounds \
    reports of eight sentences with the null grounder, and replays them: from their raw scores under \
    another threshold, as --from-scores does, and from the messages that the ledger kept, with the \
    null grounder, which is what a replay costs beside images and network. Each report must come out \
    exactly once, or the run fails.
    """
  ]
  static let options: [Option] = [
    .value("reports", "N", "Reports to be gone over (default 20000)."), .json,
  ]
  static let examples = [Example("grounded bench replay --json", "The figures of the README:")]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let reports = try arguments.integer("reports", in: 100...10_000_000) ?? 20_000
    let bench = try await Workbench.open(
      migrations: try InstalledFolder.migrations.find(configured: nil),
      topics: PipelineTrial.topics, partitions: BenchPipeline.Shape.partitions, isDurable: true)
    do {
      try await fill(bench, reports, console)
      var scores = LedgerFilter()
      scores.grounder = NullGrounder().identity.name
      let fast = ReplayPlan(campaign: "scores", source: .scores(scores), publishes: false)
      let refused = try await StoredScoresGrounder.open(
        fast, threshold: 0.9, fusionIoU: nil, postgresURI: bench.postgres.uri)
      let fromScores = try await seconds(fast, refused, bench, reports, console)
      let whole = ReplayPlan(campaign: "ledger", source: .ledger(scores), publishes: false)
      let fromLedger = try await seconds(whole, NullGrounder(), bench, reports, console)
      show(reports, scores: fromScores, ledger: fromLedger, arguments.has("json"), console)
    } catch {
      await bench.close()
      throw error
    }
    await bench.close()
    return .done
  }

  /// Grounds that many reports as live work.
  private static func fill(_ bench: Workbench, _ reports: Int, _ console: Console) async throws {
    let service = try await Service(
      Service.Settings(kafka: bench.kafka, postgresURI: bench.postgres.uri),
      grounder: NullGrounder(), surroundings: .real, metrics: ServiceMetrics(), log: log)
    async let work: Void = service.run()
    let meter = ProgressMeter(console)
    var traffic = try Traffic(bench.kafka)
    try traffic.exchange(
      reports, outstandingMax: PipelineTrial.outstandingMax, within: .seconds(60 + reports / 50)
    ) { meter.show(done: Int64($0), of: Int64(reports), unit: "reports grounded") }
    meter.end()
    service.stop()
    try await work
  }

  private static func seconds(
    _ plan: ReplayPlan, _ grounder: any ReportGrounder, _ bench: Workbench, _ reports: Int,
    _ console: Console
  ) async throws -> Double {
    let replay = try Replay(
      plan, settings: Service.Settings(kafka: bench.kafka, postgresURI: bench.postgres.uri),
      grounder: grounder, surroundings: .real, metrics: ServiceMetrics(), log: log)
    let meter = ProgressMeter(console)
    let begin = ContinuousClock.now
    let isThrough = try await replay.run { survey in
      meter.show(done: survey.done, of: survey.total, unit: "reports replayed")
    }
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    meter.end()
    let survey = try await Replay(
      plan, settings: Service.Settings(kafka: bench.kafka, postgresURI: bench.postgres.uri),
      grounder: grounder, surroundings: .real, metrics: ServiceMetrics(), log: log
    ).survey()
    guard isThrough, survey.done == reports, survey.total == reports else {
      throw PipelineTrial.Failure(
        description: "\(survey.done) of \(reports) reports were replayed")
    }
    return seconds
  }

  private static func show(
    _ reports: Int, scores: Double, ledger: Double, _ isJSON: Bool, _ console: Console
  ) {
    func rate(_ seconds: Double) -> Double { (Double(reports) / seconds).rounded() }
    if isJSON {
      let answer: JSON = [
        "reports": .integer(Int64(reports)), "sentences": .integer(Int64(8 * reports)),
        "from_scores_sentences_per_second": .number(8 * rate(scores)),
        "from_scores_seconds": .number(scores),
        "from_ledger_reports_per_second": .number(rate(ledger)),
        "from_ledger_seconds": .number(ledger),
      ]
      console.line(answer.text)
    } else {
      console.line(
        "from scores: \(Int(rate(scores))) reports/s, \(Int(8 * rate(scores))) sentences/s")
      console.line("from the ledger's messages: \(Int(rate(ledger))) reports/s")
    }
  }

  private static let log = Log.standardError(level: .warning, environment: [:])
}
