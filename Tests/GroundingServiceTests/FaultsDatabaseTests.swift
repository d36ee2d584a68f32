import Foundation
import KafkaClient
import PostgresClient
import TestKit
import Testing

@testable import GroundingService

@Suite(.serialized) struct `When the database fails` {
  /// Publishes 20 reports while the database refuses them, and expects them once it takes them.
  private func refusing(
    _ stage: Stage, _ notes: Notes, round: Int, state: String, begin: [String], end: [String]
  ) async throws {
    for statement in begin { try await stage.database.execute(statement) }
    try stage.publish((0..<20).map { Stage.report(round * 20 + $0) })
    try await notes.heard("(\(state))")
    #expect(try await stage.integer("SELECT count(*) FROM grounded.grounding") == round * 20)
    for statement in end { try await stage.database.execute(statement) }
    try await stage.reachGroundings((round + 1) * 20)
  }

  @Test(.timeLimit(.minutes(4)))
  func `that is read-only, or full, is waited for`() async throws {
    try await Stage.with { stage in
      let notes = Notes()
      try await stage.running(notes: notes) { _ in
        try await refusing(
          stage, notes, round: 0, state: "25006",
          begin: [
            "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()",
          ],
          end: ["ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()"])
        try await refusing(
          stage, notes, round: 1, state: "53100",
          begin: [
            """
            CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              RAISE SQLSTATE '53100' USING MESSAGE = 'could not extend file';
            END $$
            """,
            """
            CREATE TRIGGER full_disk BEFORE INSERT ON grounded.grounding
            FOR EACH ROW EXECUTE FUNCTION full_disk()
            """,
          ], end: ["DROP TRIGGER full_disk ON grounded.grounding"])
        #expect(notes.all.contains { $0.contains("Free space on the database's disk") })
        #expect(notes.all.contains { $0.contains("end its read-only mode") })
        try await stage.expectEachOnce(40)
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `that ends sessions again and again gets every report once`() async throws {
    try await Stage.with { stage in
      var settings = stage.settings
      settings.limits.batchReportsMax = 7
      settings.limits.retryFirst = .milliseconds(10)
      try await stage.running(settings: settings) { _ in
        try stage.publish((0..<600).map { Stage.report($0) })
        var done = 0
        var ended = 0
        while done < 600 {
          ended += try await stage.integer(
            """
            SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE application_name IN ('grounded ledger', 'grounded outbox')
            """)
          let before = done
          try await reach("progress between two ends") {
            done = try await stage.integer("SELECT count(*) FROM grounded.grounding")
            return done > before || done == 600
          }
        }
        #expect(ended > 4)
        try await stage.expectEachOnce(600)
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `that is down when partitions come is asked again, and counted`() async throws {
    try await Stage.with { stage in
      let service = try await stage.service()
      await stage.database.disconnect()
      await stage.bench.postgres.stop()
      try stage.publish((0..<10).map { Stage.report($0) })
      async let work: Void = service.run()
      try await reach("attempts to open them") {
        let shown = service.metrics.exposition()
        return (2...50).contains { shown.contains("grounded_retries_total{what=\"open\"} \($0)\n") }
      }
      #expect(await !service.isReady)
      try await stage.bench.postgres.start()
      try await stage.reachGroundings(10)
      try await stage.expectEachOnce(10)
      service.stop()
      try await work
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `that is down, behind or ahead at the start is named as such`() async throws {
    try await Stage.with { stage in
      await stage.database.disconnect()
      await stage.bench.postgres.stop()
      let down = await #expect(throws: PostgresError.self) { _ = try await stage.service() }
      #expect(down?.isTransient == true)
      try await stage.bench.postgres.start()
      _ = try await stage.service()

      let migrations = try Migrations(folder: Place.repository.appending(path: "Migrations"))
      let last = try await stage.integer("SELECT max(number) FROM grounded.migration")
      try await stage.execute("DELETE FROM grounded.migration WHERE number = \(last)")
      guard case .pending(let missing) = try await migrations.check(stage.database) else {
        Issue.record("a database without migration \(last) is not behind")
        return
      }
      #expect(missing.count == 1)
      try await stage.execute(
        """
        INSERT INTO grounded.migration (number, name, checksum)
        SELECT number, 'x', 'x' FROM generate_series(\(last), \(last + 1)) number
        """)
      #expect(try await migrations.check(stage.database) == .ahead(["x"]))

      try await stage.execute("DROP SCHEMA grounded CASCADE")
      let empty = await #expect(throws: PostgresError.self) { _ = try await stage.service() }
      #expect(empty?.isTransient == false)
      #expect("\(empty as Any)".contains("grounded migrate"))
    }
  }
}
