import Boxes
import Foundation
import KafkaClient
import PostgresClient
import Reports
import TestKit

@testable import GroundingService

/// A ledger in a database of its own, with one partition and reports to write.
struct LedgerSamples {
  static let migrations = Place.repository.appending(path: "Migrations")
  static let grounder = GrounderIdentity(
    name: "tiny", version: "1", architecture: "tiny",
    weightsSHA256: String(repeating: "a", count: 64),
    threshold: 0.8, fusionIoU: 0.1, precision: "fp32", device: "cpu")

  let uri: String
  let database: Database
  let store: PostgresStore
  let grounderRow: Int32
  let campaign: String
  /// Of the partition.
  let row: Int32
  static let source = TopicPartition(topic: "reports.generated", partition: 2)

  static func open(campaign: String = "live", at uri: String? = nil) async throws -> LedgerSamples {
    let place: String
    if let uri { place = uri } else { place = try await PostgresForTests.shared.database() }
    let database = Database(uri: place, applicationName: "ledger")
    try await Migrations(folder: migrations).apply(to: database)
    let store = PostgresStore(database: database, campaign: campaign)
    let grounderRow = try await store.prepare(grounder: grounder)
    return LedgerSamples(
      uri: place, database: database, store: store, grounderRow: grounderRow, campaign: campaign,
      row: try await store.takeOver(source).row)
  }

  var source: TopicPartition { Self.source }

  /// Takes the partition over and begins at 0, if it has no position.
  func tenure() async throws -> Tenure {
    let tenure = try await store.takeOver(source)
    if tenure.nextOffset == nil { _ = try await store.begin(tenure, at: 0) }
    return tenure
  }

  func batch(_ tenure: Tenure, from: Int64, _ entries: [LedgerEntry]) -> LedgerBatch {
    var batch = LedgerBatch()
    batch.entries = entries
    let next = (entries.last?.offset ?? from - 1) + 1
    batch.advances = [LedgerBatch.Advance(tenure: tenure, from: from, next: next)]
    return batch
  }

  /// A report of two images and `sentences` sentences, of which all but the last have one region.
  func grounded(
    _ offset: Int64, report: String? = nil, sentences: Int = 3, text: String = "Left basal opacity",
    confidence: Float = 0.9
  ) throws -> LedgerEntry {
    let reportID = report ?? "r-\(offset)"
    let texts = (0..<sentences).map { "\(text) \($0)." }
    let message = RawMessage(
      topic: source.topic, partition: source.partition, offset: offset,
      value: try Self.json(reportID, texts))
    let event = try ReportEvent.decode(message, limits: ReportLimits())
    let box = BoundingBox(left: 0.1, top: 0.2, right: 0.5, bottom: 0.6)
    let regions = box.map { box in
      [
        Region(
          imageID: "lateral", box: box, width: 1_000, height: 2_000, confidence: confidence,
          fusedQueries: 2)
      ]
    }
    let done = event.sentences.enumerated().map { index, sentence in
      GroundedSentence(
        sentence, highestConfidence: confidence,
        regions: index + 1 < sentences ? regions ?? [] : [])
    }
    let result = GroundedReport(
      of: event, campaign: campaign, grounder: Self.grounder,
      images: event.images.map { GroundedImage($0, width: 1_000, height: 2_000) },
      sentences: done, groundedAt: Date(timeIntervalSince1970: 1_795_000_000))
    let outputs = QueryOutputs(
      logits: [2, -20, 0.5], boxes: [Float](repeating: 0.5, count: 12))
    let record = GroundingRecord(
      result, of: event, grounderRow: grounderRow,
      scores: texts.map { _ in CompactScores.encode(outputs, floor: 0.01) })
    let encoded = result.encoded()
    return LedgerEntry(
      .grounded(record), at: offset, row: row,
      outbox: OutboxRow(
        source: source, offset: offset, messageID: result.groundingID, topic: "reports.grounded",
        message: encoded))
  }

  func rejected(_ offset: Int64, value: [UInt8]? = Array("{".utf8)) -> LedgerEntry {
    let message = RawMessage(
      topic: source.topic, partition: source.partition, offset: offset, value: value,
      headers: [(name: "trace", value: [0, 255])])
    let rejected = RejectedReport(
      message: message, rejection: Rejection(.notJSON, at: .read, "not JSON"), campaign: campaign,
      rejectedAt: Date(timeIntervalSince1970: 0))
    return LedgerEntry(
      .rejected(RejectionRecord(rejected, reportID: nil)), at: offset, row: row,
      outbox: OutboxRow(
        source: source, offset: offset, messageID: rejected.rejectionID, topic: "reports.rejected",
        key: nil, headers: [KafkaHeader(name: "empty", value: nil)], payload: nil))
  }

  func count(_ table: String) async throws -> Int64 {
    try await database.execute("SELECT count(*) FROM grounded.\(table)").integer(0, 0) ?? -1
  }

  private static func json(_ id: String, _ texts: [String]) throws -> [UInt8] {
    let sentences: [[String: Any]] = texts.enumerated().map { index, text in
      index == 0
        ? ["text": text, "boxes": [["x_min": 0.1, "y_min": 0.1, "x_max": 0.25, "y_max": 0.5]]]
        : ["text": text, "boxes": NSNull()]
    }
    let images = [
      ["image_id": "frontal", "uri": "file:/a.png", "view": "PA", "sop_instance_uid": "1.2.3"],
      ["image_id": "lateral", "uri": "file:/b.png", "view": "LATERAL"],
    ]
    let value: [String: Any] = [
      "report_id": id, "study": ["study_instance_uid": "1.2.9", "accession_number": "A1"],
      "generator": ["name": "MAIRA-2", "version": "1.0", "mode": "findings"], "images": images,
      "sentences": sentences, "unknown": ["kept": true],
    ]
    return [UInt8](try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys]))
  }
}
