import KafkaClient
import PostgresClient
import Testing

@testable import GroundingService

@Suite(.serialized) struct `When Kafka fails` {
  private static let source = TopicPartition(topic: "reports.generated", partition: 0)

  /// Kafka's error codes for produce requests, and what each means to the relay.
  private static let produceErrors: [(what: String, codes: [Int32])] = [
    ("tried again by librdkafka", [6, 7, -195]),
    ("refused, and sent again by the relay", [29, 29]),
    ("the producer fails for good", [47]),
  ]

  @Test(.timeLimit(.minutes(4)))
  func `what cannot be published is sent again, and nothing twice`() async throws {
    try await Stage.with { stage in
      let grounder = PatientGrounder(isOpen: false)
      try await stage.running(grounder: grounder) { _ in
        for (round, errors) in Self.produceErrors.enumerated() {
          grounder.close()
          try stage.publish((0..<20).map { Stage.report(round * 20 + $0) })
          // Their results wait in the service, so that the errors meet them and nobody else.
          try await reach("20 reports in work") { grounder.counted.begun == (round + 1) * 20 }
          stage.bench.brokers.injectErrors(request: 0, codes: errors.codes)
          grounder.open()
          let count = (round + 1) * 20
          _ = try await stage.outbound(count)
          stage.bench.brokers.clearErrors(request: 0)
        }
        try await stage.expectEachOnce(60)
      }
    }
  }

  /// librdkafka takes a refused row for written when a later one was: by brokers in process, which heed no
  /// sequence numbers.
  @Test(.timeLimit(.minutes(4)))
  func `what only seems to be written, since a later row was, is looked for`() async throws {
    try await Stage.with(partitions: 1) { stage in
      let notEnoughReplicas: Int32 = 19
      var settings = stage.settings
      settings.kafka["linger.ms"] = "0"
      settings.limits.recoverySettle = .milliseconds(200)
      try await stage.running(settings: settings) { _ in
        try stage.publish((0..<5).map { Stage.report($0) })
        try await stage.expectEachOnce(5)
        try stage.bench.brokers.setRoundTrip(.milliseconds(100), broker: nil)
        for wave in 0..<8 {
          stage.bench.brokers.injectErrors(request: 0, codes: [0, 0, notEnoughReplicas])
          try stage.publish((0..<10).map { Stage.report(5 + wave * 10 + $0) })
        }
        try stage.bench.brokers.setRoundTrip(.zero, broker: nil)
        stage.bench.brokers.clearErrors(request: 0)
        try await stage.expectEachOnce(85)
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `a row that is too large holds up its own partition alone`() async throws {
    try await Stage.with { stage in
      var settings = stage.settings
      settings.kafka["message.max.bytes"] = "100000"
      settings.limits.retryLongest = .milliseconds(300)
      let notes = Notes()
      try await stage.running(settings: settings, notes: notes) { _ in
        try stage.publishRaw(key: "big", value: [UInt8](repeating: 0x78, count: 500_000))
        try await notes.heard("Raise message.max.bytes")
        try stage.publish((0..<60).map { Stage.report($0) })
        try await stage.reachGroundings(60)
        // All but those of its partition are out.
        let held = try await stage.integer(
          """
          SELECT count(*) FROM grounded.grounding g JOIN grounded.rejection x USING (source)
          """)
        #expect(held > 0 && held < 60)
        _ = try await stage.outbound(60 - held)
        try await reach("the others' outbox is empty") {
          try await stage.integer("SELECT count(*) FROM grounded.outbox") == held + 1
        }
      }
      // With a larger bound the next service sends all of it.
      try await stage.running { _ in
        try await stage.expectEachOnce(60, rejected: 1)
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `a topic that is missing is waited for, also when it goes and comes back`() async throws {
    try await Stage.with { stage in
      let unknownTopic: Int32 = 3
      stage.bench.brokers.failTopic("reports.generated", with: unknownTopic)
      let notes = Notes()
      var settings = stage.settings
      settings.kafka["topic.metadata.refresh.interval.ms"] = "300"
      try await stage.running(settings: settings, notes: notes) { _ in
        try await notes.heard("There is no topic reports.generated")
        stage.bench.brokers.failTopic("reports.generated", with: 0)
        try stage.publish((0..<20).map { Stage.report($0) })
        try await stage.reachGroundings(20)
        stage.bench.brokers.failTopic("reports.generated", with: unknownTopic)
        try await notes.heard("partitions suspended")
        stage.bench.brokers.failTopic("reports.generated", with: 0)
        try stage.publish((20..<40).map { Stage.report($0) })
        try await stage.reachGroundings(40)
        try await stage.expectEachOnce(40)
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `a position that the topic does not have stops it, unless told where to go on`()
    async throws
  {
    try await Stage.with(partitions: 1) { stage in
      let store = PostgresStore(database: stage.database, campaign: "live")
      _ = try await store.prepare(grounder: NullGrounder().identity)
      let tenure = try await store.takeOver(Self.source)
      _ = try await store.begin(tenure, at: 1_000)
      try stage.publish((0..<5).map { Stage.report($0) })
      do {
        try await stage.runToEnd(stage.settings)
        Issue.record("it went on from a position that is not there")
      } catch let error as ServiceError {
        #expect(
          error == .positionOutOfRange(Self.source, position: 1_000, low: 0, high: 5))
        #expect("\(error)".contains("topics.on_out_of_range"))
      }
      #expect(try await stage.integer("SELECT max(next_offset) FROM grounded.position") == 1_000)
      try await goesOn(stage, from: .earliest, with: 5..<6, expecting: 6)
      _ = try await store.begin(try await store.takeOver(Self.source), at: 1_000)
      try await goesOn(stage, from: .latest, with: 6..<9, expecting: 9)
      try await stage.expectEachOnce(9)
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `a topic that was made anew is not read into the old one's results`() async throws {
    try await Stage.with(partitions: 1) { stage in
      try stage.publish((0..<3).map { Stage.report($0) })
      _ = try await stage.serve(until: 3)
      // As if the old topic had been longer than the new one is.
      try await stage.execute("UPDATE grounded.position SET next_offset = 1000")
      var settings = stage.settings
      settings.policy.outOfRange = .earliest
      await #expect(
        throws: ServiceError.topicMadeAnew(Self.source, position: 1_000, start: 0)
      ) { try await stage.runToEnd(settings) }
      #expect(try await stage.integer("SELECT count(*) FROM grounded.grounding") == 3)
    }
  }

  /// Publishes reports to a service that reads, and expects so many groundings in all.
  private func goesOn(
    _ stage: Stage, from place: Intake.Policy.OutOfRange, with reports: Range<Int>,
    expecting count: Int
  ) async throws {
    var settings = stage.settings
    settings.policy.outOfRange = place
    let notes = Notes()
    try await stage.running(settings: settings, notes: notes) { _ in
      try await notes.heard("partition opened")
      try stage.publish(reports.map { Stage.report($0) })
      try await stage.reachGroundings(count)
    }
    #expect(try await stage.integer("SELECT count(*) FROM grounded.grounding") == count)
  }
}
