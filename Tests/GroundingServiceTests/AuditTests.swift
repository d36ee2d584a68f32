import Foundation
import KafkaClient
import PostgresClient
import TestKit
import Testing

@testable import GroundingService

@Suite struct `An auditor` {
  @Test func `sees every box with all that it came from`() async throws {
    let ledger = try await filled()
    let rows = try await ledger.database.execute(
      """
      SELECT report_id, sentence, image_id, x_min, y_max, pixel_x_min, pixel_y_max, confidence,
        fused_queries, weights_sha256, threshold, campaign, topic, partition, message_offset,
        generator_name, generator_boxes[3], image_view, study_instance_uid
      FROM grounded.audit_region WHERE report_id = 'r-0' AND message_offset = 0
      ORDER BY sentence_ordinal, region_ordinal
      """)
    #expect(rows.count == 2)
    #expect(rows.text(0, 1) == "Left basal opacity 0.")
    #expect(rows.text(0, 2) == "lateral")
    #expect(rows.real(0, 3) == Double(Float(0.1)))
    #expect(rows.real(0, 4) == Double(Float(0.6)))
    #expect(rows.integer(0, 5) == 100)
    #expect(rows.integer(0, 6) == 1_200)
    #expect(rows.real(0, 7) == Double(Float(0.9)))
    #expect(rows.integer(0, 8) == 2)
    #expect(rows.text(0, 9) == String(repeating: "a", count: 64))
    #expect(rows.text(0, 11) == "live")
    #expect(rows.text(0, 12) == "reports.generated")
    #expect(rows.integer(0, 13) == 2)
    #expect(rows.integer(0, 14) == 0)
    #expect(rows.text(0, 15) == "MAIRA-2")
    #expect(rows.real(0, 16) == 0.25)
    #expect(rows.isNull(1, 16))
    #expect(rows.text(0, 17) == "LATERAL")
    #expect(rows.text(0, 18) == "1.2.9")
  }

  @Test func `sees sentences without a box, rejections, and the newest of two groundings`()
    async throws
  {
    let ledger = try await filled()
    let silent = try await ledger.database.execute(
      "SELECT region_count, raw_scores FROM grounded.audit_sentence WHERE status = 'none'")
    #expect(silent.count == 3)
    #expect(silent.integer(0, 0) == 0)
    #expect(CompactScores.decode(silent.bytes(0, 1) ?? [0])?.first?.queries == [0, 2])
    let rejections = try await ledger.database.execute(
      "SELECT code, stage, original, header_names, header_values FROM grounded.audit_rejection")
    #expect(rejections.count == 1)
    #expect(rejections.text(0, 0) == "not_json")
    #expect(rejections.bytes(0, 2) == Array("{".utf8))
    #expect(rejections.textArray(0, 3) == ["trace"])
    #expect(rejections.bytesArray(0, 4) == [[0, 255]])
    let latest = try await ledger.database.execute(
      "SELECT message_offset FROM grounded.latest_grounding WHERE report_id = 'r-0'")
    #expect(latest.count == 1)
    #expect(latest.integer(0, 0) == 2)
  }

  @Test func `has an answer to each of the first questions`() async throws {
    let ledger = try await filled()
    let file = Place.golden("GroundingServiceTests", "auditor_queries.sql")
    let queries = try String(contentsOf: file, encoding: .utf8)
      .split(separator: ";").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
      .filter { !$0.isEmpty }
    #expect(queries.count == 10)
    try await ledger.database.script("SET ROLE grounded_auditor")
    for query in queries { #expect(try await ledger.database.execute(query).columns.count > 1) }
  }

  @Test func `cannot change history, and neither can the daemon`() async throws {
    let ledger = try await filled()
    for role in ["grounded_auditor", "grounded_writer"] {
      for table in [
        "grounding", "rejection", "grounder", "campaign", "erasure", "migration",
      ] {
        for statement in ["DELETE FROM grounded.\(table)", "TRUNCATE grounded.\(table)"] {
          try await refuses(statement, to: role, of: ledger)
        }
      }
      try await refuses(
        "UPDATE grounded.grounding SET region_confidences = '{1}'", to: role, of: ledger)
      try await refuses("UPDATE grounded.rejection SET code = 'x'", to: role, of: ledger)
      try await refuses("SELECT grounded.erase_report('r-0', 'x')", to: role, of: ledger)
    }
    try await refuses("DELETE FROM grounded.outbox", to: "grounded_auditor", of: ledger)
    try await refuses("SELECT * FROM grounded.outbox", to: "grounded_auditor", of: ledger)
    try await refuses("DELETE FROM grounded.position", to: "grounded_writer", of: ledger)
  }

  @Test func `finds that a report was erased, and nothing of it`() async throws {
    let ledger = try await filled()
    let erased = try await ledger.database.execute(
      "SELECT * FROM grounded.erase_report('r-0', 'asked by the patient')")
    #expect(erased.integer(0, 0) == 2)
    #expect(erased.integer(0, 2) == 2)
    let rows = try await ledger.database.execute(
      """
      SELECT (SELECT count(*) FROM grounded.audit_region WHERE report_id = 'r-0'),
        (SELECT count(sentence) FROM grounded.audit_sentence WHERE report_id = 'r-0'),
        (SELECT count(*) FROM grounded.audit_sentence WHERE report_id = 'r-0'),
        (SELECT count(original) FROM grounded.grounding WHERE report_id = 'r-0'),
        (SELECT count(*) FROM grounded.outbox),
        (SELECT count(*) FROM grounded.audit_region WHERE report_id = 'r-3')
      """)
    #expect((0..<6).map { rows.integer(0, $0) } == [0, 0, 6, 0, 2, 2])
    let record = try await ledger.database.execute(
      "SELECT report_id, reason, groundings, erased_by FROM grounded.erasure")
    #expect(record.text(0, 1) == "asked by the patient")
    #expect(record.integer(0, 2) == 2)
    await #expect(throws: PostgresError.self) {
      try await ledger.database.script("SELECT grounded.erase_report('r-3', '')")
    }
  }

  @Test func `cannot stop the daemon from doing its work as the writer`() async throws {
    let ledger = try await LedgerSamples.open()
    try await ledger.database.script("SET ROLE grounded_writer")
    _ = try await ledger.store.prepare(grounder: LedgerSamples.grounder)
    let tenure = try await ledger.tenure()
    let batch = ledger.batch(tenure, from: 0, [try ledger.grounded(0), ledger.rejected(1)])
    #expect(try await ledger.store.commit(batch) == .committed)
    let lost = try await ledger.store.acknowledge([
      Acknowledgement(tenure: tenure, offsets: [0, 1], reached: [ledger.source: 1])
    ])
    #expect(lost == [])
    #expect(try await Migrations(folder: LedgerSamples.migrations).check(ledger.database).isCurrent)
  }

  /// Report r-0 at offsets 0 and 2, a rejection at 1, report r-3 at 3.
  private func filled() async throws -> LedgerSamples {
    let ledger = try await LedgerSamples.open()
    let tenure = try await ledger.tenure()
    let entries = [
      try ledger.grounded(0), ledger.rejected(1), try ledger.grounded(2, report: "r-0"),
      try ledger.grounded(3),
    ]
    let outcome = try await ledger.store.commit(ledger.batch(tenure, from: 0, entries))
    #expect(outcome == .committed)
    return ledger
  }

  private func refuses(
    _ statement: String, to role: String, of ledger: LedgerSamples
  ) async throws {
    try await ledger.database.script("SET ROLE \(role)")
    let error = await #expect(throws: PostgresError.self) {
      try await ledger.database.script(statement)
    }
    #expect(error?.sqlState == "42501", "\(statement) as \(role)")
    try await ledger.database.script("RESET ROLE")
  }
}
