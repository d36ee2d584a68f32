import Boxes
import Foundation
import KafkaClient
import PostgresClient
import Reports
import TestKit
import Testing

@testable import GroundingService

@Suite("A stored grounding") struct StoredGroundingTests {
  @Test("makes its message again, byte for byte") func message() async throws {
    let ledger = try await LedgerSamples.open()
    let tenure = try await ledger.tenure()
    let entries = [
      try ledger.grounded(0), try ledger.grounded(1, sentences: 1), ledger.rejected(2),
      try entry(Self.sparse, at: 3, in: ledger), try entry(Self.rich, at: 4, in: ledger),
    ]
    #expect(try await ledger.store.commit(ledger.batch(tenure, from: 0, entries)) == .committed)
    let kept = try await ledger.database.execute(
      "SELECT source_offset FROM grounded.outbox WHERE payload IS NOT NULL")
    #expect(kept.count == 0, "the rejection has no value, groundings keep none")
    let rows = try await ledger.store.pendingOutbox(ledger.source)
    #expect(rows == entries.compactMap(\.outbox))
  }

  @Test("says what PostgreSQL cannot hold in another way") func zeros() async throws {
    let ledger = try await LedgerSamples.open()
    let tenure = try await ledger.tenure()
    let original = try entry({ Self.report(of: $0, text: "No \0 effusion.") }, at: 0, in: ledger)
    _ = try await ledger.store.commit(ledger.batch(tenure, from: 0, [original]))
    let rows = try await ledger.store.pendingOutbox(ledger.source)
    let again = try #require(rows.first)
    #expect(again.messageID == original.outbox?.messageID)
    let value = String(decoding: try #require(again.payload), as: UTF8.self)
    #expect(value.contains("No \u{FFFD} effusion."))
  }

  @Test("is an error when its arrays do not fit together") func damage() async throws {
    let ledger = try await LedgerSamples.open()
    let tenure = try await ledger.tenure()
    _ = try await ledger.store.commit(ledger.batch(tenure, from: 0, [try ledger.grounded(0)]))
    for damage in [
      "region_confidences = NULL", "region_images = ARRAY[7,7]", "region_boxes = ARRAY[0.5]",
      "sentence_texts = ARRAY['one']", "grounding_id = gen_random_uuid()",
    ] {
      let owner = Database(uri: ledger.uri, applicationName: "vandal")
      try await owner.execute("BEGIN")
      try await owner.execute("UPDATE grounded.grounding SET \(damage)")
      let store = PostgresStore(database: owner, campaign: ledger.campaign)
      await #expect(throws: PostgresError.self, "\(damage)") {
        try await store.pendingOutbox(ledger.source)
      }
      await owner.disconnect()
    }
    #expect(try await ledger.store.pendingOutbox(ledger.source).count == 1)
  }

  private func entry(
    _ result: (SourcePosition) -> GroundedReport, at offset: Int64, in ledger: LedgerSamples
  ) throws -> LedgerEntry {
    let position = SourcePosition(
      topic: ledger.source.topic, partition: ledger.source.partition, offset: offset)
    let report = result(position)
    let message = RawMessage(
      topic: position.topic, partition: position.partition, offset: offset,
      value: Array(
        #"{"report_id":"\#(report.reportID)","images":[{"image_id":"a","uri":"file:/a.png"}],"sentences":[{"text":"x"}]}"#
          .utf8),
      headers: [
        (name: "ce_specversion", value: Array("1.0".utf8)),
        (name: "ce_type", value: Array("report.generated.v1".utf8)),
        (name: "ce_id", value: Array(report.sourceEventID.utf8)),
        (name: "ce_source", value: Array("/test".utf8)),
      ] + (report.traceparent.map { [(name: "traceparent", value: Array($0.utf8))] } ?? []))
    let event = try ReportEvent.decode(message, limits: ReportLimits())
    let record = GroundingRecord(
      report, of: event, grounderRow: ledger.grounderRow, scores: report.sentences.map { _ in [] })
    return LedgerEntry(
      .grounded(record), at: offset, row: ledger.row,
      outbox: OutboxRow(
        source: ledger.source, offset: offset, messageID: report.groundingID,
        topic: "reports.grounded", message: report.encoded()))
  }

  private static func report(of position: SourcePosition, text: String) -> GroundedReport {
    GroundedReport(
      reportID: "r", study: Study(), generator: Generator(), campaign: "live",
      grounder: LedgerSamples.grounder, source: position, sourceEventID: "e",
      images: [GroundedImage(imageID: "a")],
      sentences: [GroundedSentence(text: text, status: .none)],
      groundedAt: Date(timeIntervalSince1970: 1_795_000_000.123))
  }

  /// As little as there can be.
  private static func sparse(_ position: SourcePosition) -> GroundedReport {
    report(of: position, text: "Normal.")
  }

  /// As much of everything as there can be.
  private static func rich(_ position: SourcePosition) -> GroundedReport {
    func box(_ start: Float) -> BoundingBox {
      BoundingBox(clipping: start, start / 3, start + 0.123_456_7, 1)!
    }
    func region(_ image: String, _ start: Float) -> Region {
      Region(
        imageID: image, box: box(start), width: 3_001, height: 2_999, confidence: 0.8 + start / 7,
        fusedQueries: 1 + Int(start * 10))
    }
    return GroundedReport(
      reportID: "Befund „7“ 🫁", study: Study(studyInstanceUID: "1.2", accessionNumber: ""),
      generator: Generator(name: "CXRMate", version: nil, mode: "findings"), campaign: "live",
      grounder: LedgerSamples.grounder, source: position, sourceEventID: "event \\ \"quoted\"",
      images: [
        GroundedImage(
          imageID: "a", view: "PA", sopInstanceUID: "1.2.3", sha256: nil, width: 3_001,
          height: 2_999),
        GroundedImage(imageID: "NULL", view: "", sha256: String(repeating: "b", count: 64)),
      ],
      sentences: [
        GroundedSentence(
          text: "Erguß links.\n", section: "findings", start: 0, end: 13, status: .grounded,
          highestConfidence: 0.987_654_3, regions: [region("NULL", 0.5), region("a", 0.1)],
          generatorBoxes: [box(0.2), box(0.3)]),
        GroundedSentence(
          text: "", section: nil, status: .skipped, reason: "heading", generatorBoxes: []),
        GroundedSentence(
          text: "NULL", section: "impression", start: 13, end: 17, status: .none,
          highestConfidence: 1e-20),
        GroundedSentence(
          text: "{\"a\",NULL}", status: .grounded, highestConfidence: 1,
          regions: [region("a", 0.25)], generatorBoxes: [box(0.7)]),
      ],
      groundedAt: Date(timeIntervalSince1970: 1_795_000_000.999),
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
  }
}
