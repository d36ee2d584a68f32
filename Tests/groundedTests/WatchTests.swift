import Foundation
import GroundingService
import JSON
import Journal
import KafkaClient
import PostgresClient
import Reports
import Synchronization
import Testing

@testable import grounded

/// Never answers.
private struct Stuck: ReportGrounder {
  let identity = NullGrounder().identity

  func ground(_ report: ReportEvent) async throws(GroundingFailure) -> GroundingResult {
    while !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) }
    throw .interrupted
  }
}

@Suite(.serialized) struct `The watch over the daemon` {
  /// A watch, and what came of it.
  private final class Bench: Sendable {
    let metrics = ServiceMetrics()
    let lines = Mutex<[String]>([])
    let ends = Mutex(0)
    let endpoints: Endpoints
    let start = ContinuousClock.now

    init() { endpoints = Endpoints(metrics: metrics) }

    var log: Log {
      Log(
        level: .info, style: .terminal, now: { ContinuousClock.now },
        sink: { line in self.lines.withLock { $0.append(line) } })
    }

    var hasEnded: Bool { ends.withLock { $0 > 0 } }

    func watch(stuckAfter: Duration) -> Watch {
      Watch(
        startedAt: start, stuckAfter: stuckAfter,
        readiness: Readiness(environment: [:]), endpoints: endpoints, metrics: metrics, log: log,
        end: { self.ends.withLock { $0 += 1 } })
    }
  }

  private static let report: JSON = [
    "report_id": "r", "images": [["uri": "file:/nowhere.png"]],
    "sections": [["name": "findings", "text": "No pneumothorax."]],
  ]

  @Test func `ends the process when the consumer goes round no more`() {
    let bench = Bench()
    let watch = bench.watch(stuckAfter: .seconds(120))
    for second in 0..<120 {
      watch.hear(waiting: 0, isReady: true)
      watch.look(at: bench.start + .seconds(second))
    }
    #expect(!bench.hasEnded)
    #expect(!bench.endpoints.isReady)
    watch.hear(waiting: 0, isReady: true)
    watch.look(at: bench.start + .seconds(120))
    #expect(bench.hasEnded)
    let line = bench.lines.withLock { $0.last } ?? ""
    #expect(line.contains("nothing moves any more") && line.contains("consumer"))
  }

  /// Runs a service under a watch that is soon out of patience.
  private func watched(
    _ servers: Servers, grounder: any ReportGrounder, stuckAfter: Duration,
    _ body: (Bench) async throws -> Void
  ) async throws {
    let bench = Bench()
    var settings = Service.Settings(
      kafka: servers.bench.kafka, postgresURI: servers.bench.postgres.uri)
    settings.limits.shutdownGrace = .seconds(2)
    settings.limits.retryLongest = .milliseconds(500)
    let service = try await Service(
      settings, grounder: grounder, surroundings: .real, metrics: bench.metrics, log: bench.log)
    let watch = bench.watch(stuckAfter: stuckAfter)
    async let work: Void = service.run()
    let tasks = [Task { await watch.ask(service) }, Task { await Guard().stand(watch) }]
    do {
      try await body(bench)
    } catch {
      watch.stop()
      service.stop()
      try? await work
      throw error
    }
    watch.stop()
    for task in tasks { task.cancel() }
    service.stop()
    try await work
  }

  @Test(.timeLimit(.minutes(4)))
  func `ends the process when a grounder hangs, and not before there is work`() async throws {
    try await Servers.with { servers in
      try await watched(servers, grounder: Stuck(), stuckAfter: .seconds(3)) { bench in
        try await reach("it is ready") { bench.endpoints.isReady }
        try await Task.sleep(for: .seconds(4))
        #expect(!bench.hasEnded)
        try servers.send([Self.report])
        try await reach("the end") { bench.hasEnded }
        let line = bench.lines.withLock { $0.last { $0.contains("nothing moves") } } ?? ""
        #expect(line.contains("stands still=work"), "\(line)")
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `waits for a database and brokers that are down`() async throws {
    try await Servers.with { servers in
      try await watched(servers, grounder: NullGrounder(), stuckAfter: .seconds(4)) { bench in
        try servers.send([Self.report])
        try await reach("the first report is in the ledger") {
          try await servers.database.rows("SELECT FROM grounded.grounding").count == 1
        }
        await servers.database.disconnect()
        await servers.bench.postgres.stop()
        try servers.send([Self.report])
        try await Task.sleep(for: .seconds(6))
        try servers.bench.brokers.stopBroker(nil)
        try await servers.bench.postgres.start()
        try await reach("the second is in the ledger") {
          try await servers.database.rows("SELECT FROM grounded.grounding").count == 2
        }
        try await Task.sleep(for: .seconds(6))
        #expect(!bench.hasEnded, "\(bench.lines.withLock { $0 })")
        try servers.bench.brokers.startBroker(nil)
        try await reach("it is out") {
          try await servers.database.rows("SELECT FROM grounded.outbox").count == 0
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `ends the executable with status 1 when a server takes work and never answers`()
    async throws
  {
    try await Servers.with { servers in
      let served = try servers.start("serve", "--set", "watchdog.stuck=30s")
      try servers.send([Self.report])
      try await servers.wait(for: 1, from: served)  // a rejection: there is no such image
      let rows = try await servers.database.rows(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'grounded ledger'")
      let frozen = (0..<rows.count).compactMap { rows.integer($0, 0).map { pid_t($0) } }
      #expect(!frozen.isEmpty)
      for process in frozen { kill(process, SIGSTOP) }
      defer { for process in frozen { kill(process, SIGCONT) } }
      try servers.send([Self.report])
      #expect(await served.status() == 1)
      #expect(served.complaint.contains("nothing moves any more"), "\(served.complaint)")
    }
  }
}
