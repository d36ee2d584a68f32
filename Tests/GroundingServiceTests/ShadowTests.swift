import Foundation
import JSON
import KafkaClient
import PostgresClient
import Reports
import Synchronization
import TestKit
import Testing

@testable import GroundingService

/// Rejects every report.
private struct Refuser: ReportGrounder {
  let identity = NullGrounder().identity

  func ground(_ report: ReportEvent) async throws(GroundingFailure) -> GroundingResult {
    throw .rejected(Rejection(.modelFailed, at: .model, "always"))
  }
}

@Suite(.serialized) struct `A shadow` {
  private static let all = Shadow.Settings(fraction: 1, campaign: "shadow")

  private func count(_ stage: Stage, _ campaign: String) async throws -> Int {
    try await stage.integer(
      "SELECT count(*) FROM grounded.latest_grounding WHERE campaign = '\(campaign)'")
  }

  private func value(_ name: String, of service: Service) -> Int? {
    service.metrics.exposition().split(separator: "\n").first { $0.hasPrefix(name + " ") }
      .flatMap { Int($0.split(separator: " ")[1]) }
  }

  @Test(.timeLimit(.minutes(4)))
  func `grounds its fraction into its campaign, and publishes nothing`() async throws {
    try await Stage.with { stage in
      let told = Shadow.Settings(fraction: 0.3, campaign: "trial")
      let sample = Sample(fraction: 0.3)
      let chosen = (0..<50).filter { sample.includes("r-\($0)") }
      try await stage.running { service in
        service.shadow(with: NamedGrounder("other"), told)
        try stage.publish((0..<50).map { Stage.report($0) })
        let messages = try await stage.outbound(50, andBeyond: .milliseconds(300))
        #expect(messages.count == 50)
        try await reach("its share") { try await count(stage, "trial") == chosen.count }
        #expect(try await count(stage, "live") == 50)
        #expect(value("grounded_shadow_reports_total", of: service) == chosen.count)
      }
      let rows = try await stage.database.execute(
        """
        SELECT DISTINCT report_id, grounder_name FROM grounded.audit_sentence
        WHERE campaign = 'trial' ORDER BY report_id
        """)
      #expect(
        (0..<rows.count).map { rows.text($0, 0) ?? "" } == chosen.map { "r-\($0)" }.sorted())
      #expect((0..<rows.count).allSatisfy { rows.text($0, 1) == "other" })
      #expect(try await stage.integer("SELECT count(*) FROM grounded.outbox") == 0)
      let changes = try await stage.integer(
        """
        SELECT count(DISTINCT report_id) FROM grounded.grounding_change
        WHERE campaign_before = 'live' AND campaign_after = 'trial'
        """)
      #expect(changes == chosen.count)
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `that is stuck, full, or fails holds nothing up`() async throws {
    try await Stage.with { stage in
      let stuck = PatientGrounder(isOpen: false)
      var settings = stage.settings
      settings.limits.shadowReportsMax = 5
      try await stage.running(settings: settings) { service in
        service.shadow(with: stuck, Self.all)
        try stage.publish((0..<40).map { Stage.report($0) })
        _ = try await stage.outbound(40)
        // One is with the grounder, unless it was slower than the others came; five wait.
        let dropped = try #require(value("grounded_shadow_dropped_total", of: service))
        #expect((34...35).contains(dropped))
        service.shadow(with: Refuser(), Self.all)
        try stage.publish((40..<44).map { Stage.report($0) })
        try await reach("its failures") {
          service.metrics.exposition().contains(
            "grounded_shadow_failures_total{cause=\"rejected\"} 4")
        }
        service.endShadow()
        try stage.publish((44..<50).map { Stage.report($0) })
        _ = try await stage.outbound(50)
        #expect(try await count(stage, "live") == 50)
        #expect(try await count(stage, "shadow") == 0)
      }
      try await stage.expectEachOnce(50)
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `that the database refuses leaves live work alone`() async throws {
    try await Stage.with { stage in
      try await stage.execute("INSERT INTO grounded.campaign (name) VALUES ('shadow')")
      try await stage.execute(
        """
        CREATE FUNCTION no_shadow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF EXISTS (SELECT FROM grounded.position p JOIN grounded.campaign c ON c.id = p.campaign
            WHERE p.id = NEW.source AND c.name = 'shadow') THEN RAISE 'no shadow'; END IF;
          RETURN NEW;
        END $$
        """)
      try await stage.execute(
        """
        CREATE TRIGGER no_shadow BEFORE INSERT ON grounded.grounding
        FOR EACH ROW EXECUTE FUNCTION no_shadow()
        """)
      try await stage.running { service in
        service.shadow(with: NamedGrounder("other"), Self.all)
        try stage.publish((0..<10).map { Stage.report($0) })
        try await reach("its failures") {
          service.metrics.exposition().contains(
            "grounded_shadow_failures_total{cause=\"ledger\"} 10")
        }
        try await stage.expectEachOnce(10)
      }
    }
  }

  @Test func `writes a message once, however often it comes`() async throws {
    let live = try await LedgerSamples.open()
    let samples = try await LedgerSamples.open(campaign: "shadow", at: live.uri)
    let source = try await samples.store.row(of: samples.source)
    #expect(source == samples.row)
    #expect(try await samples.store.add(samples.grounded(7), source: source))
    #expect(try await !samples.store.add(samples.grounded(7), source: source))
    #expect(try await samples.store.add(samples.grounded(9), source: source))
    #expect(try await samples.count("grounding") == 2)
    #expect(try await samples.count("outbox") == 0)
    let place = TopicPartition(topic: "reports.generated", partition: 77)
    let new = try await samples.store.row(of: place)
    #expect(try await samples.store.row(of: place) == new)
    #expect(try await samples.store.position(of: place)?.nextOffset == nil)
    await samples.database.disconnect()
    await live.database.disconnect()
  }
}
