import Boxes
import Foundation
import JSON
import KafkaClient
import PostgresClient
import Reports
import Synchronization
import Testing

@testable import GroundingService

@Suite(.serialized) struct `A replay` {
  @Test(.timeLimit(.minutes(3)))
  func `of the topic adds a campaign and leaves live work as it is`() async throws {
    try await Stage.with { stage in
      try stage.publish((0..<40).map { Stage.report($0) })
      try stage.publishRaw(key: "bad", value: Array("{".utf8))
      try await stage.running { _ in try await stage.expectEachOnce(40, rejected: 1) }
      let positions = try await stage.positions("live")

      #expect(
        try await stage.replay(ReplayPlan(campaign: "again", source: .topic, publishes: true)))
      #expect(try await stage.positions("again") == positions)
      #expect(try await stage.positions("live") == positions)
      #expect(try await stage.integer(Stage.groundings(of: "again")) == 40)
      #expect(try await stage.integer(Stage.groundings(of: "live")) == 40)
      #expect(try await stage.integer("SELECT count(*) FROM grounded.outbox") == 0)
      let messages = try await stage.outbound(82, andBeyond: .milliseconds(300))
      let campaigns = messages.map { message in
        message.headers.last { $0.name == GroundedReport.campaignHeader }
          .map { String(decoding: $0.value, as: UTF8.self) }
      }
      #expect(messages.count == 82)
      #expect(campaigns.filter { $0 == "again" }.count >= 40)

      // Once more: there is nothing left to do.
      #expect(
        try await stage.replay(ReplayPlan(campaign: "again", source: .topic, publishes: true)))
      #expect(try await stage.integer(Stage.groundings(of: "again")) == 40)
      #expect(try await stage.outbound(82, andBeyond: .milliseconds(300)).count == 82)
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `goes over the offsets, times and partitions that it is told`() async throws {
    try await Stage.with { stage in
      let producer = try KafkaProducer(stage.bench.kafka, logger: { _, _, _ in })
      for number in 0..<30 {
        if number == 20 { try await Task.sleep(for: .milliseconds(1_100)) }
        try producer.send(
          OutboundMessage(
            topic: "reports.generated", key: Array("one".utf8), value: Stage.report(number).bytes),
          ticket: 0)
        #expect(producer.flush(timeout: .seconds(10)))
      }
      _ = producer.close(within: .seconds(1))
      let partition = try #require(try await stage.ends().first { $0.value == 30 }?.key)
      let later = Date.now.addingTimeInterval(-0.5)

      var plan = ReplayPlan(campaign: "part", source: .topic, publishes: false)
      (plan.from, plan.to, plan.partitions) = (.offset(3), .offset(8), [partition])
      #expect(try await stage.survey(plan) == Replay.Survey(total: 5))
      #expect(try await stage.replay(plan))
      #expect(try await stage.offsets(of: "part") == Array(3..<8))
      #expect(try await stage.integer("SELECT count(*) FROM grounded.outbox") == 0)
      #expect(try await stage.survey(plan) == Replay.Survey(total: 5, done: 5))

      var young = ReplayPlan(campaign: "young", source: .topic, publishes: false)
      young.from = .time(later)
      #expect(try await stage.replay(young))
      let offsets = try await stage.offsets(of: "young")
      #expect(offsets == Array(20..<30))

      plan.to = .offset(9)
      await #expect(throws: ReplayError.self) { try await stage.replay(plan) }
      plan.campaign = "nowhere"
      plan.partitions = [99]
      await #expect(throws: ReplayError.self) { try await stage.replay(plan) }
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `goes on where it was when it ends in the middle`() async throws {
    try await Stage.with { stage in
      try stage.publish((0..<300).map { Stage.report($0) })
      let plan = ReplayPlan(campaign: "long", source: .topic, publishes: true)
      var runs = 0
      var isThrough = false
      while !isThrough {
        runs += 1
        isThrough = try await stage.replay(plan, rate: 500, stoppingAfter: 60)
        #expect(runs < 20)
      }
      #expect(runs > 1)
      #expect(try await stage.integer(Stage.groundings(of: "long")) == 300)
      #expect(try await stage.outbound(300, andBeyond: .milliseconds(500)).count == 300)
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `from the ledger needs no topic, and its filter selects`() async throws {
    try await Stage.with { stage in
      try stage.publish((0..<30).map { Stage.report($0) })
      try stage.publishRaw(
        key: "e", value: Stage.report(30).bytes,
        headers: [
          ("ce_specversion", "1.0"), ("ce_type", "report.generated.v1"), ("ce_id", "event-30"),
          ("ce_source", "/test"), ("ce_time", "2026-11-25T00:00:00Z"),
        ].map { KafkaHeader(name: $0, value: Array($1.utf8)) })
      let structured: JSON = [
        "specversion": "1.0", "type": "report.generated.v1", "id": "event-31", "source": "/test",
        "data": Stage.report(31),
      ]
      try stage.publishRaw(
        key: "s", value: structured.bytes,
        headers: [
          KafkaHeader(name: "content-type", value: Array("application/cloudevents+json".utf8))
        ])
      try await stage.running { _ in try await stage.expectEachOnce(32) }
      var settings = stage.settings
      settings.kafka["bootstrap.servers"] = "127.0.0.1:1"
      let plan = ReplayPlan(campaign: "kept", source: .ledger(LedgerFilter()), publishes: false)
      #expect(try await stage.replay(plan, settings: settings))
      #expect(try await stage.integer(Stage.groundings(of: "kept")) == 32)
      // Events are what they were.
      let different = try await stage.integer(
        """
        SELECT count(*) FROM grounded.grounding a JOIN grounded.grounding b USING (report_id)
        WHERE a.source <> b.source AND (a.event_id, a.event_source, a.event_time)
          IS DISTINCT FROM (b.event_id, b.event_source, b.event_time)
        """)
      #expect(different == 0)

      var filter = LedgerFilter()
      filter.confidenceMin = 0.99
      let none = ReplayPlan(campaign: "none", source: .ledger(filter), publishes: false)
      #expect(try await stage.survey(none, settings: settings) == Replay.Survey())
      filter.confidenceMin = 0.5
      filter.grounder = "null"
      let all = ReplayPlan(campaign: "all", source: .ledger(filter), publishes: false)
      #expect(try await stage.survey(all, settings: settings) == Replay.Survey(total: 32))
      filter.generator = "nobody"
      let foreign = ReplayPlan(campaign: "foreign", source: .ledger(filter), publishes: false)
      #expect(try await stage.survey(foreign, settings: settings) == Replay.Survey())

      try await stage.execute("SELECT grounded.erase_report('r-3', 'test')")
      let rest = ReplayPlan(campaign: "rest", source: .ledger(LedgerFilter()), publishes: false)
      #expect(try await stage.survey(rest, settings: settings) == Replay.Survey(total: 31))
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func `from scores finds the same boxes again, and others under another threshold`() async throws {
    try await Stage.with { stage in
      try stage.publish((0..<50).map { Stage.report($0) })
      try await stage.running { _ in try await stage.expectEachOnce(50) }
      let uri = stage.bench.postgres.uri
      func grounder(
        _ campaign: String, threshold: Float?, fusion: Float? = nil
      ) async throws -> (ReplayPlan, StoredScoresGrounder) {
        let plan = ReplayPlan(campaign: campaign, source: .scores(LedgerFilter()), publishes: false)
        return (
          plan,
          try await .open(plan, threshold: threshold, fusionIoU: fusion, postgresURI: uri)
        )
      }
      for (name, threshold, fusion) in [
        ("same", nil, nil), ("strict", Float(0.94), nil), ("apart", nil, Float(0.99)),
      ] {
        let (plan, grounder) = try await grounder(name, threshold: threshold, fusion: fusion)
        #expect(try await stage.replay(plan, grounder: grounder))
      }
      func compared(_ name: String) async throws -> CampaignComparison {
        try await .read(before: "live", after: name, from: stage.database)
      }
      let same = try await compared("same")
      #expect((same.reports, same.sentences) == (50, 400))
      #expect((same.gained, same.lost, same.moved) == (0, 0, 0))
      #expect(same.meanOverlap == 1)
      #expect(same.meanShift == 0)
      let bytes = try await stage.integer(
        """
        SELECT count(*) FROM grounded.grounding a JOIN grounded.grounding b USING (report_id)
        JOIN grounded.position p ON p.id = a.source JOIN grounded.position q ON q.id = b.source
        WHERE p.campaign = (SELECT id FROM grounded.campaign WHERE name = 'live')
          AND q.campaign = (SELECT id FROM grounded.campaign WHERE name = 'same')
          AND a.region_boxes = b.region_boxes AND a.region_pixels = b.region_pixels
          AND a.region_confidences = b.region_confidences AND a.raw_scores = b.raw_scores
          AND a.region_fused_queries = b.region_fused_queries
        """)
      #expect(bytes == 50, "equal to the last bit")
      // Its queries have confidences of 0.953, 0.924 and 0.047.
      let strict = try await compared("strict")
      #expect(strict.moved == 300)
      let apart = try await compared("apart")
      #expect(apart.moved == 300)
      #expect(apart.changes.allSatisfy { $0.regionsAfter == 2 })

      // What was not kept cannot be found.
      await #expect(throws: ReplayError.self) { try await grounder("low", threshold: 0.001) }
      let list = try await CampaignList.read(from: stage.database)
      #expect(list.map(\.name) == ["live", "same", "strict", "apart"])
      #expect(list.map(\.isThrough) == [nil, true, true, true])
      #expect(list.map(\.regions) == [300, 300, 300, 600])
    }
  }
}

extension Stage {
  static func groundings(of campaign: String) -> String {
    """
    SELECT count(*) FROM grounded.grounding g JOIN grounded.position p ON p.id = g.source
    JOIN grounded.campaign c ON c.id = p.campaign WHERE c.name = '\(campaign)'
    """
  }

  /// - Parameter stoppingAfter: so many reports of this run.
  @discardableResult func replay(
    _ plan: ReplayPlan, grounder: any ReportGrounder = NullGrounder(),
    settings: Service.Settings? = nil, rate: Double? = nil, stoppingAfter limit: Int64 = .max
  ) async throws -> Bool {
    let replay = try Replay(
      plan, settings: settings ?? self.settings, grounder: grounder, surroundings: .real,
      metrics: ServiceMetrics(), log: Notes().log)
    let first = Mutex<Int64?>(nil)
    return try await replay.run(rate: rate) { survey in
      let begin = first.withLock { first in
        first = first ?? survey.done
        return first ?? 0
      }
      if survey.done - begin >= limit { replay.stop() }
    }
  }

  func survey(
    _ plan: ReplayPlan, settings: Service.Settings? = nil
  ) async throws -> Replay.Survey {
    try await Replay(
      plan, settings: settings ?? self.settings, grounder: NullGrounder(), surroundings: .real,
      metrics: ServiceMetrics(), log: Notes().log
    ).survey()
  }

  func positions(_ campaign: String) async throws -> [Int64] {
    try await numbers(
      """
      SELECT p.next_offset FROM grounded.position p JOIN grounded.campaign c ON c.id = p.campaign
      WHERE c.name = '\(campaign)' ORDER BY p.partition
      """)
  }

  func offsets(of campaign: String) async throws -> [Int64] {
    try await numbers(
      """
      SELECT g.source_offset FROM grounded.grounding g JOIN grounded.position p ON p.id = g.source
      JOIN grounded.campaign c ON c.id = p.campaign WHERE c.name = '\(campaign)' ORDER BY 1
      """)
  }

  /// The next offset of each partition of the inbound topic.
  func ends() async throws -> [Int32: Int64] {
    let consumer = try KafkaConsumer(
      bench.kafka.overridden(by: KafkaSettings([("group.id", "test-ends")])),
      logger: { _, _, _ in })
    defer { _ = consumer.close(within: .seconds(2)) }
    let all = try consumer.partitions(of: "reports.generated", timeout: .seconds(10))
    let ranges = try consumer.watermarks(of: all, timeout: .seconds(10))
    return Dictionary(uniqueKeysWithValues: ranges.map { ($0.key.partition, $0.value.high) })
  }

  private func numbers(_ query: String) async throws -> [Int64] {
    let rows = try await database.execute(query)
    return (0..<rows.count).map { rows.integer($0, 0) ?? -1 }
  }
}
