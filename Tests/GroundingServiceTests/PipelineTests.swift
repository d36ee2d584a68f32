import Foundation
import JSON
import KafkaClient
import PostgresClient
import Reports
import TestKit
import Testing

@testable import GroundingService

@Suite(.serialized) struct `The service` {
  @Test func `takes every report from topic to ledger to topic, once and in order`() async throws {
    try await Stage.with { stage in
      try stage.publish((0..<600).map { Stage.report($0) })
      let messages = try await stage.serve(until: 600)
      let keys = messages.map { String(decoding: $0.key ?? [], as: UTF8.self) }
      #expect(Set(keys).count == 600)
      #expect(messages.allSatisfy { $0.topic == "reports.grounded" })
      let count = try await stage.integer("SELECT count(*) FROM grounded.audit_sentence")
      #expect(count == 600 * 8)
      #expect(try await stage.integer("SELECT count(*) FROM grounded.audit_region") == 600 * 6)
      #expect(try await stage.integer("SELECT count(*) FROM grounded.outbox") == 0)
      // In order: the offsets of each inbound partition come out as they went in, key by key.
      for (_, group) in Dictionary(grouping: messages, by: { $0.partition }) {
        let reports = try group.map { try GroundedReport.decode($0, limits: ReportLimits()) }
        for (_, same) in Dictionary(grouping: reports, by: { $0.source.partition }) {
          #expect(same.map(\.source.offset) == same.map(\.source.offset).sorted())
        }
      }
    }
  }

  @Test func `is ready once the brokers know its topic`() async throws {
    try await Stage.with { stage in
      try stage.bench.brokers.stopBroker(nil)
      let notes = Notes()
      try await stage.running(notes: notes) { service in
        try await notes.heard("brokers are down")
        #expect(await !service.isReady)
        try stage.bench.brokers.startBroker(nil)
        try await reach("it is ready") { await service.isReady }
      }
    }
  }

  @Test func `goes on where it stopped`() async throws {
    try await Stage.with { stage in
      for round in 0..<3 {
        try stage.publish((0..<50).map { Stage.report(round * 50 + $0) })
        _ = try await stage.serve(until: (round + 1) * 50)
      }
      let messages = try await stage.outbound(150)
      #expect(Set(messages.map(\.key)).count == 150)
      #expect(try await stage.integer("SELECT count(*) FROM grounded.grounding") == 150)
    }
  }

  @Test func `turns bad messages away with a code and grounds the others`() async throws {
    try await Stage.with { stage in
      let bad: [(value: [UInt8]?, code: String)] = [
        (nil, "empty_value"), ([], "empty_value"), (Array("{".utf8), "not_json"),
        ([0, 0, 0, 0, 7, 1, 2], "confluent_framed"), (Array("[]".utf8), "wrong_type"),
        (Array(#"{"report_id":"a","images":[]}"#.utf8), "no_image"),
        (Array(#"{"report_id":"a","images":[{"uri":"file:/x"}]}"#.utf8), "no_text"),
      ]
      for (index, message) in bad.enumerated() {
        try stage.publish([Stage.report(index)])
        try stage.publishRaw(key: "bad", value: message.value)
      }
      let messages = try await stage.serve(until: bad.count * 2)
      let rejected = messages.filter { $0.topic == "reports.rejected" }
      let codes = rejected.map { message in
        message.headers.first { $0.name == "grounded_code" }.map {
          String(decoding: $0.value, as: UTF8.self)
        }
      }
      #expect(codes.compactMap { $0 }.sorted() == bad.map(\.code).sorted())
      let known = try await stage.integer("SELECT count(*) FROM grounded.audit_rejection")
      #expect(known == bad.count)
    }
  }

  @Test func `publishes what a crash left in the outbox, and nothing twice`() async throws {
    try await Stage.with(partitions: 1) { stage in
      let source = TopicPartition(topic: "reports.generated", partition: 0)
      let store = PostgresStore(database: stage.database, campaign: "live")
      _ = try await store.prepare(grounder: NullGrounder().identity)
      let tenure = try await store.takeOver(source)
      #expect(try await store.begin(tenure, at: 0))
      try stage.publish((0..<12).map { Stage.report($0) })
      var batch = LedgerBatch()
      batch.entries = (0..<10).map { Samples.rejected($0) }
      batch.advances = [LedgerBatch.Advance(tenure: tenure, from: 0, next: 10)]
      #expect(try await store.commit(batch) == .committed)
      // The daemon died after Kafka took six of ten rows, and before the ledger heard of it.
      for entry in batch.entries.prefix(6) { try stage.send(try #require(entry.outbox).message) }
      let messages = try await stage.serve(until: 12)
      #expect(messages.count == 12)
      #expect(messages.filter { $0.topic == "reports.rejected" }.count == 10)
      #expect(try await stage.integer("SELECT count(*) FROM grounded.outbox") == 0)
      #expect(try await stage.integer("SELECT count(*) FROM grounded.grounding") == 2)
    }
  }

  @Test func `waits for a database that goes away and comes back`() async throws {
    try await Stage.with { stage in
      try await stage.running { _ in
        try stage.publish((0..<20).map { Stage.report($0) })
        _ = try await stage.outbound(20)
        await stage.bench.postgres.stop(.immediate)
        try stage.publish((20..<40).map { Stage.report($0) })
        try await Task.sleep(for: .milliseconds(300))
        try await stage.bench.postgres.start()
        let messages = try await stage.outbound(40)
        #expect(Set(messages.map(\.key)).count == 40)
      }
      #expect(try await stage.integer("SELECT count(*) FROM grounded.grounding") == 40)
    }
  }

  @Test func `waits for brokers that go away and come back`() async throws {
    try await Stage.with { stage in
      try await stage.running { _ in
        try stage.publish((0..<20).map { Stage.report($0) })
        _ = try await stage.outbound(20)
        try stage.bench.brokers.stopBroker(nil)
        try await Task.sleep(for: .milliseconds(500))
        try stage.bench.brokers.startBroker(nil)
        try stage.publish((20..<40).map { Stage.report($0) })
        let messages = try await stage.outbound(40)
        #expect(Set(messages.map(\.key)).count == 40)
      }
      #expect(try await stage.integer("SELECT count(*) FROM grounded.grounding") == 40)
    }
  }
}
