import Foundation
import PostgresClient
import TestKit
import Testing

@testable import GroundingService

/// Runs when `GROUNDED_MEASURE` is set: what one session writes into a server as it is installed.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["GROUNDED_MEASURE"] != nil))
struct `The ledger's throughput` {
  @Test func `is stated`() async throws {
    let server = try PrivatePostgres(isDurable: true)
    try await server.start()
    do {
      try await measure(server)
    } catch {
      await server.remove()
      throw error
    }
    await server.remove()
  }

  private func measure(_ server: PrivatePostgres) async throws {
    let ledger = try await LedgerSamples.open(at: server.uri)
    let tenure = try await ledger.tenure()
    let (batches, size) = (200, 200)
    let batchesReady = try (0..<batches).map { batch in
      let start = Int64(batch * size)
      return ledger.batch(
        tenure, from: start,
        try (0..<size).map { try ledger.grounded(start + Int64($0), sentences: 7) })
    }
    let clock = ContinuousClock()
    var slowest = Duration.zero
    let begin = clock.now
    for batch in batchesReady {
      let time = clock.now
      let outcome = try await ledger.store.commit(batch)
      slowest = max(slowest, clock.now - time)
      #expect(outcome == .committed)
    }
    let total = clock.now - begin
    let reports = batches * size
    let payload = batchesReady[0].entries.reduce(0) { $0 + ($1.outbox?.payload?.count ?? 0) } / size
    let wal = try await ledger.database.execute(
      "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn, pg_database_size('postgres')")
    print(
      """
      \(Int(Double(reports) / (total / .seconds(1)))) reports/s of 7 sentences and 6 regions, \
      \(payload) bytes outbound; slowest commit of \(size): \(slowest); \
      WAL \((wal.integer(0, 0) ?? 0) / Int64(reports)) and database \
      \((wal.integer(0, 1) ?? 0) / Int64(reports)) bytes a report
      """)
  }
}
