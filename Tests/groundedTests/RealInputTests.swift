import Foundation
import GroundingService
import JSON
import KafkaClient
import PostgresClient
import Reports
import TestKit
import Testing

@testable import grounded

@Suite(.enabled(if: Place.shared != nil), .serialized) struct `Real radiographs` {
  private let radiographs: [Radiograph]

  init() throws { radiographs = try Radiograph.all(in: #require(Place.shared)) }

  @Test func `go from publish through serve into the ledger, every sentence of them`() async throws
  {
    #expect(radiographs.count == 24)
    try await Servers.with { servers in
      let published = try servers.start(
        "publish",
        servers.write(radiographs.map { $0.report() }), "--set",
        "kafka.bootstrap.servers=\(servers.bench.brokers.addresses)")
      #expect(await published.status() == 0, "\(published.complaint)")
      // Without a text there is nothing to ground: such messages are rejected, one by one.
      let silent = radiographs.filter(\.text.isEmpty)
      try servers.send(silent.map { $0.report(id: "silent-\($0.id)", saying: "") })
      let served = try servers.start("serve")
      try await servers.wait(for: radiographs.count + silent.count, from: served)
      #expect(await served.stopped() == 0, "\(served.complaint)")
      for radiograph in radiographs { try await expect(radiograph, in: servers.database) }
      let rejected = try await servers.database.rows(
        "SELECT report_id, code FROM grounded.audit_rejection ORDER BY report_id")
      #expect(
        rejected.count == silent.count)
      #expect((0..<rejected.count).allSatisfy { rejected.text($0, 1) == "no_text" })
    }
  }

  @Test func `without a text are refused before they are sent, and the line is named`() async throws
  {
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "reports.jsonl")
    let silent = try #require(radiographs.first { $0.text.isEmpty })
    let lines = [radiographs[0].report(), silent.report(saying: "")]
    try Data(lines.map { $0.text + "\n" }.joined().utf8).write(to: file)
    let result = await output("publish", "--dry-run", file.path)
    #expect(result.status == .failed)
    #expect(result.complaint.hasPrefix("grounded publish: line 2: no_text"))
    #expect(result.complaint.split(separator: "\n").count == 1)
  }

  /// The ledger says of the radiograph's sentences and of its image what is true.
  private func expect(_ radiograph: Radiograph, in database: Database) async throws {
    let rows = try await database.rows(
      """
      SELECT sentence_ordinal, section, sentence, range_start, range_end, status, reason
      FROM grounded.audit_sentence WHERE report_id = $1 ORDER BY sentence_ordinal
      """, radiograph.id)
    let ranges = Sentences.split(radiograph.spokenText)
    #expect(rows.count == ranges.count, "\(radiograph.id)")
    for (row, range) in zip(0..<rows.count, ranges) {
      #expect(rows.integer(row, 0) == Int64(row))
      #expect(rows.text(row, 1) == "findings")
      #expect(rows.text(row, 2) == range.text)
      #expect(rows.integer(row, 3) == Int64(range.start))
      #expect(rows.integer(row, 4) == Int64(range.end))
      let status = rows.text(row, 5) ?? ""
      let reason = rows.text(row, 6)
      switch (radiograph.isLateral, range.isHeading) {
      case (true, _): #expect((status, reason) == ("skipped", "no_frontal_image"))
      case (_, true): #expect((status, reason) == ("skipped", "heading"))
      default: #expect(["grounded", "none"].contains(status) && reason == nil)
      }
    }
    let images = try await database.rows(
      """
      SELECT image_width, image_height FROM grounded.audit_image WHERE report_id = $1
      """, radiograph.id)
    #expect(images.count == 1)
    #expect(images.integer(0, 0) == (radiograph.isLateral ? nil : Int64(radiograph.width)))
    #expect(images.integer(0, 1) == (radiograph.isLateral ? nil : Int64(radiograph.height)))
  }
}
