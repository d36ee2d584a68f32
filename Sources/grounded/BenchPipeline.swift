internal import FoundationEssentials
internal import GroundingService
internal import JSON
internal import KafkaClient
internal import PostgresClient

/// `grounded bench pipeline`: everything but images and network, between real Kafka protocol and
/// a real PostgreSQL.
struct BenchPipeline: Command {
  static let name = "bench pipeline"
  static let summary = "measures reports a second and latency around a null grounder"
  static let description = [
    """
    Starts a private PostgreSQL (durable, as installed) and Kafka brokers in this process, runs the \
    daemon with the null grounder as a process of its own, and measures: reports a second of eight \
    sentences and six regions each, from the inbound topic through the ledger to the outbound topic; \
    the time from broker to broker at half that rate; and the worker's memory along the way. Every \
    report must come out exactly once, or the run fails.
    """,
    """
    --rival runs another worker in alternation, each on fresh servers. Its command line gets \
    --bootstrap, --postgres and --reports appended. With --workers several of ours share the group.
    """,
  ]
  static let options: [Option] = [
    .value("reports", "N", "Reports for the throughput (default 20000)."),
    .value("rounds", "N", "How often each worker is measured; the best counts (default 1)."),
    .value("workers", "N", "Daemons in one group (default 1)."),
    .value("partitions", "N", "Of the inbound topic (default 12)."),
    .value("batch", "N", "ledger.batch_reports_max (default 512)."),
    .value("rate", "R", "Reports a second for the latency (default: half of the throughput)."),
    .value("seconds", "N", "How long latency is measured (default 20; 0 leaves it out)."),
    .value("rival", "COMMAND", "Another worker to measure in the same run."),
    .json,
  ]
  static let examples = [
    Example("grounded bench pipeline --json", "Our own figures:"),
    Example(
      "grounded bench pipeline --rival 'python3 Tests/Rivals/python_worker.py' --rounds 3",
      "Beside a worker in Python:"),
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let reports = try arguments.integer("reports", in: 100...10_000_000) ?? 20_000
    let rounds = try arguments.integer("rounds", in: 1...100) ?? 1
    let seconds = try arguments.integer("seconds", in: 0...3_600) ?? 20
    let rate = try arguments.number("rate", in: 1...1_000_000)
    let rival = arguments.value("rival")?.split(separator: " ").map(String.init)
    let shape = Shape(
      workers: try arguments.integer("workers", in: 1...64) ?? 1,
      partitions: try arguments.integer("partitions", in: 1...1_000) ?? Shape.partitions,
      batch: try arguments.integer("batch", in: 1...100_000))
    var ours: [PipelineTrial.Result] = []
    var theirs: [PipelineTrial.Result] = []
    for round in 1...rounds {
      console.complain("round \(round): grounded")
      ours.append(
        try await trial(rival: nil, reports, shape).run(
          reports: reports, latencySeconds: seconds, rate: rate))
      if let rival {
        console.complain("round \(round): \(rival.joined(separator: " "))")
        theirs.append(
          try await trial(rival: rival, reports, shape).run(
            reports: reports, latencySeconds: seconds, rate: rate))
      }
    }
    show(ours, theirs, isJSON: arguments.has("json"), console)
    return .done
  }

  private static func show(
    _ ours: [PipelineTrial.Result], _ theirs: [PipelineTrial.Result], isJSON: Bool,
    _ console: Console
  ) {
    let best = ours.map(\.reportsPerSecond).max() ?? 0
    let rivalBest = theirs.map(\.reportsPerSecond).max()
    if isJSON {
      let answer: JSON = [
        "sentences": 8, "regions": 6, "grounded": .array(ours.map(\.json)),
        "rival": .array(theirs.map(\.json)),
        "ratio": rivalBest.map { .number((best / $0 * 100).rounded() / 100) } ?? .null,
      ]
      console.line(answer.text)
      return
    }
    console.line("grounded: \(Int(best)) reports/s")
    for result in ours {
      guard let latency = result.latency else { continue }
      console.line(
        "  at \(Int(result.latencyRate)) reports/s: median \(Int(latency.median)) ms, "
          + "p99 \(Int(latency.p99)) ms, worst \(Int(latency.worst)) ms")
    }
    if let rivalBest {
      console.line(
        "rival: \(Int(rivalBest)) reports/s, ratio \((best / rivalBest * 100).rounded() / 100)")
    }
  }

  /// What the work is spread over.
  struct Shape {
    static let partitions = 12

    let workers: Int
    let partitions: Int
    /// Reports in one transaction; nil is the daemon's own number.
    let batch: Int?
  }

  /// Fresh servers and a worker on them.
  private static func trial(
    rival: [String]?, _ reports: Int, _ shape: Shape
  ) async throws -> MeasuredTrial {
    let bench = try await Workbench.open(
      migrations: try InstalledFolder.migrations.find(configured: nil),
      topics: PipelineTrial.topics, partitions: shape.partitions, isDurable: true)
    let brokers = bench.kafka["bootstrap.servers"] ?? ""
    let command =
      rival.map {
        $0 + [
          "--bootstrap", brokers, "--postgres", bench.postgres.uri, "--reports", "\(reports)",
        ]
      } ?? [
        "/proc/self/exe", "bench", "worker", "--set", "kafka.bootstrap.servers=\(brokers)",
        "--set", "postgres.uri=\(bench.postgres.uri)",
        "--set", "ledger.batch_reports_max=\(shape.batch ?? Limits().batchReportsMax)",
      ]
    return MeasuredTrial(
      trial: PipelineTrial(
        bench: bench, command: command, workers: rival == nil ? shape.workers : 1))
  }

  /// A trial that takes its servers down when it is done.
  private struct MeasuredTrial {
    let trial: PipelineTrial

    func run(
      reports: Int, latencySeconds: Int, rate: Double?
    ) async throws -> PipelineTrial.Result {
      do {
        let result = try await trial.run(
          reports: reports, latencySeconds: latencySeconds, rate: rate)
        await trial.bench.close()
        return result
      } catch {
        await trial.bench.close()
        throw error
      }
    }
  }
}
