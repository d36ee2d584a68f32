import Foundation
import JSON
import KafkaClient
import PostgresClient
import Reports
import TestKit
import Testing

@testable import GroundingService

@Suite(.serialized) struct `A report that the database refuses for ever` {
  /// Lets the database refuse report `r-3` on these tables, with that state.
  private func refuse(_ stage: Stage, on tables: [String], state: String) async throws {
    try await stage.execute(
      """
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.report_id = 'r-3' THEN RAISE SQLSTATE '\(state)' USING MESSAGE = 'not this one'; END IF;
        RETURN NEW;
      END $$
      """)
    for table in tables {
      try await stage.execute(
        """
        CREATE TRIGGER refuse BEFORE INSERT ON grounded.\(table)
        FOR EACH ROW EXECUTE FUNCTION refuse()
        """)
    }
  }

  private func accept(_ stage: Stage) async throws {
    try await stage.execute("DROP FUNCTION refuse() CASCADE")
  }

  @Test(.timeLimit(.minutes(4)))
  func `is rejected when patience ends, and its partition goes on`() async throws {
    try await Stage.with(partitions: 1) { stage in
      try await refuse(stage, on: ["grounding"], state: "P0001")
      let begin = ContinuousClock.now
      let told = stage.settings(patience: .seconds(1))
      try await stage.running(settings: told) { service in
        try stage.publish((0..<20).map { Stage.report($0) })
        try await stage.expectEachOnce(19, rejected: 1)
        #expect(ContinuousClock.now - begin > .seconds(1))
        let shown = service.metrics.exposition()
        #expect(shown.contains("grounded_reports_rejected_total{code=\"not_storable\"} 1"))
        #expect(!shown.contains("grounded_retries_total{what=\"refused\"} 0"))
      }
      let rows = try await stage.database.execute(
        "SELECT report_id, code, stage, message, original FROM grounded.audit_rejection")
      #expect(rows.text(0, 0) == "r-3" && rows.text(0, 1) == "not_storable")
      #expect(rows.text(0, 2) == "ledger")
      #expect(rows.text(0, 3)?.contains("P0001") == true)
      #expect(rows.text(0, 3)?.contains("not this one") == false)
    }
  }

  @Test(.timeLimit(.minutes(4)), arguments: [["grounding", "rejection"], ["grounding"]])
  func `is kept while the database would refuse anything`(tables: [String]) async throws {
    try await Stage.with(partitions: 1) { stage in
      // With the one table it lacks a right, which is nothing that a report can help.
      try await refuse(stage, on: tables, state: tables.count == 1 ? "42501" : "P0001")
      let notes = Notes()
      let told = stage.settings(patience: .milliseconds(300))
      try await stage.running(settings: told, notes: notes) { service in
        try stage.publish((0..<6).map { Stage.report($0) })
        if tables.count == 2 { try await notes.heard("the database refuses the rejection too") }
        try await notes.heard("which its partition waits for")
        try await reach("several attempts") {
          let line = service.metrics.exposition().split(separator: "\n").first {
            $0.hasPrefix("grounded_retries_total{what=\"refused\"}")
          }
          return (line?.split(separator: " ").last).flatMap { Int($0) } ?? 0 > 8
        }
        #expect(try await stage.rejections().isEmpty)
        try await accept(stage)
        try await stage.expectEachOnce(6)
      }
    }
  }

  @Test func `is told apart from a database that has a fault of its own`() {
    let states = ["P0001": true, "23514": true, "22021": true, "54000": true]
      .merging(["42P01": false, "42501": false, "XX001": false, "53100": false, "57014": false]) {
        first, _ in first
      }
    for (state, isAboutTheRow) in states {
      let error = PostgresError.refused(sqlState: state, reason: "")
      #expect(error.isAboutTheRow == isAboutTheRow, "\(state)")
    }
    #expect(PostgresError.zeroInText.isAboutTheRow)
    #expect(!PostgresError.connectionLost(reason: "").isAboutTheRow)
  }
}

@Suite(.serialized) struct `A message that Kafka refuses as too large` {
  private let tooLarge: Int32 = 10

  /// A report whose grounded form is several times as large as this.
  private func long(_ id: String) -> [UInt8] {
    let sentence = String(repeating: "opacity ", count: 200)
    return Stage.report(
      id,
      [
        "sections": [
          ["name": "findings", "text": .string(String(repeating: sentence + ". ", count: 8))]
        ]
      ])
  }

  @Test(.timeLimit(.minutes(4)))
  func `is replaced by a rejection when patience ends, and its partition goes on`() async throws {
    try await Stage.with(partitions: 1) { stage in
      var told = stage.settings(patience: .seconds(1))
      told.kafka["message.max.bytes"] = "10000"
      let begin = ContinuousClock.now
      try await stage.running(settings: told) { service in
        try stage.publish((0..<5).map { Stage.report($0) })
        try stage.publishRaw(key: "long", value: long("r-long"))
        try stage.publishRaw(key: "junk", value: [UInt8](repeating: 0x78, count: 50_000))
        try stage.publish((5..<10).map { Stage.report($0) })
        let messages = try await stage.outbound(12, andBeyond: .milliseconds(300))
        #expect(ContinuousClock.now - begin > .seconds(2), "two patiences")
        #expect(messages.count == 12)
        let codes = messages.compactMap { $0.header("grounded_code") }
        #expect(Set(codes) == ["not_publishable", "not_json"])
        for message in messages where message.header("grounded_code") != nil {
          #expect(message.value == nil && message.header("grounded_value_left_out") == "true")
          #expect(message.header("grounded_value_sha256")?.count == 64)
        }
        try await reach("an empty outbox") {
          try await stage.integer("SELECT count(*) FROM grounded.outbox") == 0
        }
        let shown = service.metrics.exposition()
        #expect(shown.contains("grounded_reports_rejected_total{code=\"not_publishable\"} 1"))
      }
      #expect(try await stage.integer("SELECT count(*) FROM grounded.grounding") == 11)
      #expect(try await stage.rejections() == ["not_publishable": 1, "not_json": 1])
      let rows = try await stage.database.execute(
        """
        SELECT x.report_id, x.stage, x.message, x.original IS NULL AND g.original IS NOT NULL
        FROM grounded.audit_rejection x JOIN grounded.grounding g
          ON g.source_offset = x.message_offset WHERE x.code = 'not_publishable'
        """)
      #expect(rows.text(0, 0) == "r-long" && rows.text(0, 1) == "publish")
      #expect(rows.text(0, 2)?.contains("opacity") == false)
      #expect(rows.boolean(0, 3) == true)
    }
  }

  /// An answer of the database may be lost after it did what it was told, and a report may be erased.
  @Test(.timeLimit(.minutes(4))) func `is replaced once, and not when it was erased`() async throws
  {
    try await Stage.with(partitions: 1) { stage in
      var told = stage.settings(patience: .seconds(600))
      told.kafka["message.max.bytes"] = "10000"
      let notes = Notes()
      try await stage.running(settings: told, notes: notes) { _ in
        try stage.publishRaw(key: "long", value: long("r-long"))
        try await notes.heard("Raise message.max.bytes")
      }
      let store = PostgresStore(
        database: Database(uri: stage.bench.postgres.uri, applicationName: "test"),
        campaign: "live")
      let partition = TopicPartition(topic: Stage.topics[0], partition: 0)
      let tenure = try await store.takeOver(partition)
      let row = try #require(try await store.pendingOutbox(partition).first)
      func withhold(_ tenure: Tenure) async throws -> PostgresStore.Withheld {
        try await store.withhold(row, under: tenure, to: Stage.topics[2], at: Date())
      }
      let old = Tenure(
        partition: partition, row: tenure.row, epoch: tenure.epoch - 1,
        nextOffset: tenure.nextOffset)
      guard case .kept = try await withhold(old) else {
        Issue.record("a tenure that is over changed the outbox")
        return
      }
      guard case .replaced(let first) = try await withhold(tenure),
        case .replaced(let second) = try await withhold(tenure)
      else {
        Issue.record("the message was not replaced")
        return
      }
      #expect(first.topic == Stage.topics[2] && first.payload == nil)
      #expect(second.messageID == first.messageID && second.topic == first.topic)
      #expect(second.headers.map(\.name) == first.headers.map(\.name))
      #expect(try await stage.rejections() == ["not_publishable": 1])
      #expect(try await stage.integer("SELECT count(*) FROM grounded.outbox") == 1)
      try await stage.execute("SELECT grounded.erase_report('r-long', 'asked for')")
      guard case .erased = try await withhold(tenure) else {
        Issue.record("an erased report came back")
        return
      }
      #expect(try await stage.integer("SELECT count(*) FROM grounded.outbox") == 0)
    }
  }

  /// Brokers refuse a batch as a whole.
  @Test(.timeLimit(.minutes(4)))
  func `takes no other of its batch with it`() async throws {
    try await Stage.with { stage in
      let told = stage.settings(patience: .seconds(60))
      try stage.publish((0..<300).map { Stage.report($0) })
      stage.bench.brokers.injectErrors(
        request: 0, codes: Array(repeating: tooLarge, count: 12) + [0, 0, tooLarge, tooLarge])
      try await stage.running(settings: told) { service in
        try await stage.expectEachOnce(300)
        #expect(
          !service.metrics.exposition().contains("grounded_retries_total{what=\"refused\"} 0"))
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `is out once, as what it is or as a rejection`() async throws {
    try await Stage.with { stage in
      let told = stage.settings(patience: .zero)
      try stage.publish((0..<100).map { Stage.report($0) })
      stage.bench.brokers.injectErrors(
        request: 0, codes: Array(repeating: tooLarge, count: 15))
      try await stage.running(settings: told) { _ in
        let messages = try await stage.outbound(100, andBeyond: .milliseconds(500))
        #expect(messages.count == 100)
        let rejected = messages.filter { $0.header("grounded_code") != nil }
        #expect(!rejected.isEmpty)
        let places = rejected.map {
          "\($0.header("grounded_partition") ?? "")/\($0.header("grounded_offset") ?? "")"
        }
        #expect(Set(places).count == rejected.count)
        #expect(try await stage.integer("SELECT count(*) FROM grounded.grounding") == 100)
        #expect(try await stage.rejections() == ["not_publishable": rejected.count])
      }
    }
  }
}

extension Stage {
  /// Settings that try again soon, and have this patience.
  fileprivate func settings(patience: Duration) -> Service.Settings {
    var settings = settings
    settings.limits.refusalPatience = patience
    settings.limits.retryFirst = .milliseconds(20)
    settings.limits.retryLongest = .milliseconds(200)
    return settings
  }
}

extension RawMessage {
  fileprivate func header(_ name: String) -> String? {
    headers.last { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
  }
}
