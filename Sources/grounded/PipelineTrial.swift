internal import FoundationEssentials
internal import GroundingService
internal import JSON
internal import KafkaClient
internal import PostgresClient

/// One measured run of a worker between Kafka and PostgreSQL.
struct PipelineTrial {
  /// What a run came to.
  struct Result {
    var reports = 0
    /// Reports a second, from the first that was sent to the last that came out.
    var reportsPerSecond = 0.0
    /// Milliseconds from broker to broker at the fixed rate: median, 99th percentile, worst.
    var latency: (median: Double, p99: Double, worst: Double)?
    /// The rate at which latency was measured.
    var latencyRate = 0.0
    /// Bytes of the first worker in memory after each tenth of the reports.
    var resident: [Int] = []
    /// Bytes a report in the ledger's tables and their indexes, and in the server's log.
    var ledgerBytes = 0, walBytes = 0

    var json: JSON {
      var members: [JSON.Member] = [
        .init("reports", .integer(Int64(reports))),
        .init("reports_per_second", .number(reportsPerSecond.rounded())),
        .init("resident_bytes", .array(resident.map { .integer(Int64($0)) })),
        .init("ledger_bytes_per_report", .integer(Int64(ledgerBytes))),
        .init("wal_bytes_per_report", .integer(Int64(walBytes))),
      ]
      if let latency {
        members += [
          .init("latency_rate", .number(latencyRate.rounded())),
          .init("latency_p50_ms", .number((latency.median * 10).rounded() / 10)),
          .init("latency_p99_ms", .number((latency.p99 * 10).rounded() / 10)),
          .init("latency_max_ms", .number((latency.worst * 10).rounded() / 10)),
        ]
      }
      return .object(members)
    }
  }

  static let topics = ["reports.generated", "reports.grounded", "reports.rejected"]
  /// Reports on their way at a time while throughput is measured.
  static let outstandingMax = 4_000

  let bench: Workbench
  /// The worker's command line.
  let command: [String]
  /// So many of them share the group.
  let workers: Int

  /// Warms the worker up, measures its throughput, then its latency at a fixed rate.
  ///
  /// - Parameters:
  ///   - rate: reports a second for the latency; nil takes half of the throughput, 0 leaves it out.
  func run(reports: Int, latencySeconds: Int, rate: Double?) async throws -> Result {
    let processes = try (0..<workers).map { _ in try ChildProcess(command) }
    defer { for process in processes { process.end(within: .seconds(30)) } }
    var traffic = try Traffic(bench.kafka)
    try traffic.exchange(500, outstandingMax: 100, within: .seconds(120)) { _ in }
    if workers > 1 {
      // Those that joined last have their partitions by then.
      try await Task.sleep(for: .seconds(6))
      try traffic.exchange(500, outstandingMax: 100, within: .seconds(120)) { _ in }
    }
    let sizesBefore = try await sizes()
    var result = Result()
    result.reports = reports
    let begin = ContinuousClock.now
    try traffic.exchange(
      reports, outstandingMax: Self.outstandingMax, within: .seconds(60 + reports / 50)
    ) { done in
      if done % max(1, reports / 10) == 0 { result.resident.append(processes[0].residentBytes) }
    }
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    result.reportsPerSecond = Double(reports) / seconds
    let sizes = try await sizes()
    result.ledgerBytes = (sizes.ledger - sizesBefore.ledger) / reports
    result.walBytes = (sizes.wal - sizesBefore.wal) / reports
    let rate = rate ?? result.reportsPerSecond / 2
    if rate > 0 && latencySeconds > 0 {
      result.latencyRate = rate
      result.latency = try traffic.latency(rate: rate, seconds: latencySeconds)
    }
    guard processes.allSatisfy(\.isRunning) else {
      throw Failure(description: "a worker ended by itself")
    }
    return result
  }

  private func sizes() async throws -> (ledger: Int, wal: Int) {
    let database = Database(uri: bench.postgres.uri, applicationName: "grounded bench")
    let rows = try await database.execute(
      """
      SELECT coalesce((SELECT sum(pg_total_relation_size(oid)) FROM pg_class
          WHERE relnamespace = to_regnamespace('grounded') AND relkind = 'r'), 0)::bigint,
        (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint
      """)
    await database.disconnect()
    return (Int(rows.integer(0, 0) ?? 0), Int(rows.integer(0, 1) ?? 0))
  }

  /// Why a trial says nothing.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }
}
