import Foundation
import KafkaClient
import PostgresClient
import Reports
import TestKit
import Testing

@testable import GroundingService

@Suite struct `The store` {
  @Test func `writes a batch once, however often it is committed`() async throws {
    let ledger = try await LedgerSamples.open()
    let tenure = try await ledger.tenure()
    let batch = ledger.batch(
      tenure, from: 0, [try ledger.grounded(0), ledger.rejected(1), try ledger.grounded(4)])
    #expect(try await ledger.store.commit(batch) == .committed)
    #expect(try await ledger.store.commit(batch) == .fenced([ledger.source]))
    #expect(try await ledger.count("grounding") == 2)
    #expect(try await ledger.count("audit_image") == 4)
    #expect(try await ledger.count("audit_sentence") == 6)
    #expect(try await ledger.count("audit_region") == 4)
    #expect(try await ledger.count("rejection") == 1)
    #expect(try await ledger.count("outbox") == 3)
    #expect(try await ledger.store.position(of: ledger.source)?.nextOffset == 5)
  }

  @Test func `shuts out whoever lost the partition`() async throws {
    let ledger = try await LedgerSamples.open()
    let zombie = try await ledger.tenure()
    let heir = try await ledger.tenure()
    #expect(heir.epoch == zombie.epoch + 1)
    #expect(heir.nextOffset == 0)
    let late = ledger.batch(zombie, from: 0, [try ledger.grounded(0)])
    #expect(try await ledger.store.commit(late) == .fenced([ledger.source]))
    #expect(try await ledger.store.begin(zombie, at: 7) == false)
    let lost = try await ledger.store.acknowledge([
      Acknowledgement(tenure: zombie, offsets: [0], reached: [ledger.source: 9])
    ])
    #expect(lost == [zombie])
    #expect(try await ledger.store.outboundProgress(ledger.source) == [:])
    #expect(try await ledger.count("grounding") == 0)
    #expect(
      try await ledger.store.commit(ledger.batch(heir, from: 0, [ledger.rejected(0)])) == .committed
    )
  }

  @Test func `writes nothing when one of several partitions is lost`() async throws {
    let ledger = try await LedgerSamples.open()
    let tenure = try await ledger.tenure()
    let other = TopicPartition(topic: ledger.source.topic, partition: 7)
    var batch = ledger.batch(tenure, from: 0, [try ledger.grounded(0)])
    batch.advances.append(
      LedgerBatch.Advance(
        tenure: Tenure(partition: other, row: 99, epoch: 1, nextOffset: 0), from: 0, next: 0))
    #expect(try await ledger.store.commit(batch) == .fenced([other]))
    #expect(try await ledger.count("grounding") == 0)
    #expect(try await ledger.store.position(of: ledger.source)?.nextOffset == 0)
  }

  @Test func `gives campaigns positions of their own`() async throws {
    let live = try await LedgerSamples.open()
    let replay = try await LedgerSamples.open(campaign: "replay", at: live.uri)
    let first = try await live.tenure()
    _ = try await live.store.commit(live.batch(first, from: 0, [try live.grounded(0)]))
    let second = try await replay.tenure()
    #expect(second.nextOffset == nil)
    let batch = replay.batch(second, from: 0, [try replay.grounded(0, confidence: 0.95)])
    #expect(try await replay.store.commit(batch) == .committed)
    let changes = try await live.database.execute(
      """
      SELECT sentence, confidence_before, confidence_after, regions_after
      FROM grounded.grounding_change
      WHERE campaign_before = 'live' AND campaign_after = 'replay' ORDER BY sentence_ordinal
      """)
    #expect(changes.count == 3)
    #expect(changes.text(0, 0) == "Left basal opacity 0.")
    #expect(changes.real(0, 2) == Double(Float(0.95)))
    #expect(changes.integer(2, 3) == 0)
  }

  @Test func `keeps the outbox in order until Kafka has it`() async throws {
    let ledger = try await LedgerSamples.open()
    let tenure = try await ledger.tenure()
    let entries =
      try (0..<250).map { try ledger.grounded(Int64($0), sentences: 1) } + [ledger.rejected(250)]
    _ = try await ledger.store.commit(ledger.batch(tenure, from: 0, entries))
    let waiting = try await ledger.store.pendingOutbox(ledger.source)
    #expect(waiting == entries.compactMap(\.outbox))
    let some = try await ledger.store.pendingOutbox(ledger.source, from: 10, limit: 3)
    #expect(some.map(\.offset) == [10, 11, 12])
    let small = try await ledger.store.pendingOutbox(ledger.source, bytesMax: 1)
    #expect(small.count == 1)
    let out = TopicPartition(topic: "reports.grounded", partition: 1)
    let done = (0..<250).map { Int64($0) }
    for (offsets, next) in [(done, Int64(90)), ([], 80)] {
      let lost = try await ledger.store.acknowledge([
        Acknowledgement(tenure: tenure, offsets: offsets, reached: [out: next])
      ])
      #expect(lost == [])
    }
    #expect(try await ledger.store.pendingOutbox(ledger.source).map(\.offset) == [250])
    #expect(try await ledger.store.outboundProgress(ledger.source) == [out: 90])
  }

  @Test func `leaves nothing half written when the session dies`() async throws {
    let ledger = try await LedgerSamples.open()
    let tenure = try await ledger.tenure()
    try await ledger.database.script(
      """
      CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END';
      CREATE TRIGGER die BEFORE INSERT ON grounded.outbox FOR EACH ROW EXECUTE FUNCTION die();
      """)
    let batch = ledger.batch(tenure, from: 0, [try ledger.grounded(0)])
    let error = await #expect(throws: PostgresError.self) { try await ledger.store.commit(batch) }
    #expect(error?.isTransient == true)
    for table in ["grounding", "audit_sentence", "audit_region", "outbox"] {
      #expect(try await ledger.count(table) == 0)
    }
    try await ledger.database.script("DROP TRIGGER die ON grounded.outbox")
    #expect(try await ledger.store.commit(batch) == .committed)
  }

  @Test func `waits out a database that is read-only`() async throws {
    let ledger = try await LedgerSamples.open()
    let tenure = try await ledger.tenure()
    try await ledger.database.script("SET default_transaction_read_only = on")
    let batch = ledger.batch(tenure, from: 0, [try ledger.grounded(0)])
    let error = await #expect(throws: PostgresError.self) { try await ledger.store.commit(batch) }
    #expect(error?.sqlState == "25006")
    #expect(error?.isTransient == true)
    // The next session may reach a server that writes, and here it does.
    #expect(try await ledger.store.commit(batch) == .committed)
  }

  /// U+2400 stands for U+0000, which the decoder refuses: such text can only be a rejection's.
  @Test(arguments: [
    "a␀b", "'; DROP TABLE grounded.grounding; --", "\\x00\\n\t\r", "𝔘\u{202E}é", "",
  ])
  func `keeps hostile text`(text: String) async throws {
    let ledger = try await LedgerSamples.open()
    let tenure = try await ledger.tenure()
    let hostile = text.replacing("␀", with: "\0")
    let entries = [
      try ledger.grounded(0, text: text + "x"), ledger.rejected(1, value: Array(hostile.utf8)),
    ]
    #expect(try await ledger.store.commit(ledger.batch(tenure, from: 0, entries)) == .committed)
    let rows = try await ledger.database.execute(
      "SELECT sentence FROM grounded.audit_sentence ORDER BY sentence_ordinal")
    #expect(rows.text(0, 0) == "\(text)x 0.")
    let original = try await ledger.database.execute("SELECT original FROM grounded.rejection")
    #expect(original.bytes(0, 0) == Array(hostile.utf8))
  }
}
