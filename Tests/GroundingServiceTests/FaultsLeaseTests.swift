import Foundation
import KafkaClient
import PostgresClient
import Testing

@testable import GroundingService

@Suite(.serialized) struct `The owner of an outbox` {
  @Test(.timeLimit(.minutes(2)))
  func `sends nothing once its lease is over and another has taken over`() async throws {
    try await Stage.with { stage in
      let ledger = try await LedgerSamples.open(at: stage.bench.postgres.uri)
      let (old, new) = (try Owner(of: ledger, stage), try Owner(of: ledger, stage))
      let tenure = try await ledger.tenure()
      try await old.relay.open([tenure])
      async let oldWork: Void = old.relay.run()
      async let newWork: Void = new.relay.run()

      let begin = ContinuousClock.now
      let first = try ledger.grounded(0)
      _ = try await ledger.store.commit(ledger.batch(tenure, from: 0, [first]))
      old.relay.publish([try #require(first.outbox)], under: tenure, committedSince: begin)
      try await reach("the first is out and forgotten") {
        try await ledger.count("outbox") == 0
      }

      // It commits, and is frozen before it sends; meanwhile the partition goes to another.
      let frozenSince = ContinuousClock.now
      let second = try ledger.grounded(1)
      _ = try await ledger.store.commit(ledger.batch(tenure, from: 1, [second]))
      let taken = try await ledger.tenure()
      try await new.relay.open([taken])
      _ = try await stage.outbound(2)
      old.relay.publish([try #require(second.outbox)], under: tenure, committedSince: frozenSince)

      let messages = try await stage.outbound(2, andBeyond: .seconds(1))
      #expect(messages.count == 2)
      try await reach("the second is forgotten") { try await ledger.count("outbox") == 0 }
      #expect(await old.relay.backlog == 0, "the old owner has let go of it")
      await old.relay.stop()
      await new.relay.stop()
      _ = await (oldWork, newWork)
      await ledger.database.disconnect()
    }
  }

  @Test(.timeLimit(.minutes(2)))
  func `asks the ledger and goes on when its lease is over and nobody has taken over`() async throws
  {
    try await Stage.with { stage in
      let ledger = try await LedgerSamples.open(at: stage.bench.postgres.uri)
      let owner = try Owner(of: ledger, stage)
      let tenure = try await ledger.tenure()
      try await owner.relay.open([tenure])
      async let work: Void = owner.relay.run()
      let entry = try ledger.grounded(0)
      _ = try await ledger.store.commit(ledger.batch(tenure, from: 0, [entry]))
      owner.relay.publish(
        [try #require(entry.outbox)], under: tenure, committedSince: .now - .seconds(60))
      #expect(try await stage.outbound(1, andBeyond: .milliseconds(300)).count == 1)
      await owner.relay.stop()
      await work
      await ledger.database.disconnect()
    }
  }

  @Test(.timeLimit(.minutes(2)))
  func `does not open what was taken over before it had read it`() async throws {
    try await Stage.with { stage in
      let ledger = try await LedgerSamples.open(at: stage.bench.postgres.uri)
      let owner = try Owner(of: ledger, stage)
      let old = try await ledger.tenure()
      let new = try await ledger.tenure()
      _ = try await ledger.store.commit(ledger.batch(new, from: 0, [try ledger.grounded(0)]))
      await #expect(throws: ServiceError.takenOver(ledger.source)) {
        try await owner.relay.open([old])
      }
      #expect(await owner.relay.backlog == 0)
      await ledger.database.disconnect()
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `opens it again after a ghost raised its epoch, though nothing more comes in`() async throws
  {
    try await Stage.with { stage in
      let unknownTopic: Int32 = 3
      var settings = stage.settings
      settings.kafka["topic.metadata.refresh.interval.ms"] = "300"
      settings.kafka["topic.metadata.propagation.max.ms"] = "300"
      settings.limits.reopenAfter = .milliseconds(300)
      stage.bench.brokers.failTopic("reports.grounded", with: unknownTopic)
      try await stage.running(settings: settings) { _ in
        try stage.publish((0..<20).map { Stage.report($0) })
        try await stage.reachGroundings(20)
        try await stage.execute("UPDATE grounded.position SET epoch = epoch + 1")
        stage.bench.brokers.failTopic("reports.grounded", with: 0)
        try await stage.expectEachOnce(20)
      }
    }
  }
}

/// A relay as a daemon has one.
private struct Owner {
  static var limits: Limits {
    var limits = Limits()
    limits.recoverySettle = .milliseconds(100)
    limits.outboxLease = .milliseconds(500)
    limits.takeOverSettle = .milliseconds(1_500)
    return limits
  }

  let relay: OutboxRelay

  init(of ledger: LedgerSamples, _ stage: Stage) throws {
    let kafka = stage.bench.kafka
    let recovery = {
      OutboxRecovery(
        settings: kafka.overridden(by: KafkaSettings([("group.id", "test-recovery")])),
        topics: Array(Stage.topics.dropFirst()), timeout: .seconds(10),
        kafkaLog: { _, _, _ in })
    }
    relay = try OutboxRelay(
      store: PostgresStore(
        database: Database(uri: ledger.uri, applicationName: "outbox"), campaign: ledger.campaign),
      recovery: recovery(), ends: recovery(), rejectedTopic: Stage.topics[2],
      producer: { () throws(KafkaError) in try KafkaProducer(kafka, logger: { _, _, _ in }) },
      limits: Self.limits, surroundings: .real, metrics: ServiceMetrics(), log: Notes().log)
  }
}
