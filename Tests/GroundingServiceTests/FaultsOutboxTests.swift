import KafkaClient
import PostgresClient
import Testing

@testable import GroundingService

@Suite(.serialized) struct `What is to be published` {
  @Test(.timeLimit(.minutes(4)))
  func `comes out once when its answers are too late to be believed`() async throws {
    try await Stage.with { stage in
      var settings = stage.settings
      settings.kafka["message.timeout.ms"] = "1000"
      settings.limits.recoverySettle = .milliseconds(200)
      let notes = Notes()
      let grounder = PatientGrounder()
      try await stage.running(grounder: grounder, settings: settings, notes: notes) { _ in
        try stage.publish((0..<10).map { Stage.report($0) })
        _ = try await stage.outbound(10)
        grounder.close()
        try stage.publish((10..<40).map { Stage.report($0) })
        try await reach("40 reports in work") { grounder.counted.begun == 40 }
        // From now on the brokers write at once, and say so when nobody waits any more.
        try stage.bench.brokers.setRoundTrip(.seconds(3), broker: nil)
        grounder.open()
        try await notes.heard("nobody knows whether a row was written")
        try stage.bench.brokers.setRoundTrip(.zero, broker: nil)
        try await notes.heard("outbox recovered")
        try await stage.expectEachOnce(40)
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `comes out once when partitions are given up while it is under way`() async throws {
    try await Stage.with { stage in
      var settings = stage.settings
      // Short beside the brokers' answers: all waits here are multiples of theirs, so that a longer one
      // would meet an answer every time, or never.
      settings.limits.releaseWait = .milliseconds(20)
      settings.limits.recoverySettle = .milliseconds(200)
      let notes = Notes()
      try await stage.running(settings: settings, notes: notes) { _ in
        try stage.publish((0..<10).map { Stage.report($0) })
        _ = try await stage.outbound(10)
        try stage.bench.brokers.setRoundTrip(.milliseconds(700), broker: nil)
        var count = 10
        var isGivenUp = false
        let deadline = ContinuousClock.now + .seconds(120)
        // Something is always under way, also when another joins or leaves.
        while !isGivenUp && ContinuousClock.now < deadline {
          try await stage.running(settings: settings) { _ in
            let end = ContinuousClock.now + .seconds(12)
            while !isGivenUp && ContinuousClock.now < end {
              try stage.publish((count..<count + 3).map { Stage.report($0) })
              count += 3
              isGivenUp = notes.all.contains {
                $0.contains("partitions are given up while rows are under way")
              }
            }
          }
        }
        #expect(isGivenUp)
        try stage.bench.brokers.setRoundTrip(.zero, broker: nil)
        try await stage.expectEachOnce(count)
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `does not come back into the outbox when the database crashes`() async throws {
    try await Stage.with(isDurable: true) { stage in
      try await stage.running { _ in
        try stage.publish((0..<30).map { Stage.report($0) })
        try await stage.expectEachOnce(30)
        await stage.bench.postgres.stop(.immediate)
        try await stage.bench.postgres.start()
        #expect(try await stage.integer("SELECT count(*) FROM grounded.outbox") == 0)
        try stage.publish((30..<40).map { Stage.report($0) })
        try await stage.expectEachOnce(40)
      }
      // The next owner finds nothing to publish again.
      try await stage.running { _ in
        try stage.publish((40..<50).map { Stage.report($0) })
        try await stage.expectEachOnce(50)
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `goes on to one topic while the other is missing`() async throws {
    try await Stage.with { stage in
      let unknownTopic: Int32 = 3
      stage.bench.brokers.failTopic("reports.rejected", with: unknownTopic)
      let notes = Notes()
      var settings = stage.settings
      settings.kafka["topic.metadata.refresh.interval.ms"] = "300"
      settings.kafka["topic.metadata.propagation.max.ms"] = "300"
      try await stage.running(settings: settings, notes: notes) { _ in
        try stage.publishRaw(key: "bad", value: Array("{".utf8))
        try await notes.heard("There is no topic reports.rejected")
        try stage.publish((0..<60).map { Stage.report($0) })
        try await stage.reachGroundings(60)
        // All are out but those behind the rejection in its partition.
        let held = try await stage.integer(
          "SELECT count(*) FROM grounded.grounding g JOIN grounded.rejection x USING (source)")
        try await reach("the others are out") {
          try await stage.integer("SELECT count(*) FROM grounded.outbox") == held + 1
        }
        stage.bench.brokers.failTopic("reports.rejected", with: 0)
        try await stage.expectEachOnce(60, rejected: 1)
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `of a partition that is stuck takes no room from the others`() async throws {
    try await Stage.with { stage in
      var settings = stage.settings
      settings.kafka["message.max.bytes"] = "100000"
      settings.limits.retryLongest = .milliseconds(300)
      settings.limits.relayRowsMax = 40
      settings.limits.batchReportsMax = 100
      let notes = Notes()
      try await stage.running(settings: settings, notes: notes) { _ in
        try stage.publishRaw(key: "big", value: [UInt8](repeating: 0x78, count: 500_000))
        try await notes.heard("Raise message.max.bytes")
        // Far more of each partition than the relay has room for.
        try stage.publish((0..<600).map { Stage.report($0) })
        let ends = try await stage.ends()
        try await reach("two partitions are through and out") {
          var through = 0
          for (partition, end) in ends {
            through += try await stage.integer(
              """
              SELECT count(*) FROM grounded.position p
              WHERE partition = \(partition) AND next_offset = \(end)
                AND NOT EXISTS (SELECT FROM grounded.outbox o WHERE o.source = p.id)
              """)
          }
          return through == 2
        }
      }
      try await stage.running { _ in
        try await stage.expectEachOnce(600, rejected: 1)
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `waits alone for what the database refuses to keep`() async throws {
    try await Stage.with { stage in
      try await stage.execute(
        """
        ALTER TABLE grounded.grounding ADD CONSTRAINT refused CHECK (report_id <> 'r-7')
        """)
      var settings = stage.settings
      settings.limits.retryLongest = .milliseconds(300)
      let notes = Notes()
      try await stage.running(settings: settings, notes: notes) { _ in
        try stage.publish((0..<60).map { Stage.report($0) })
        try await notes.heard("the database refuses a report")
        // Only what stands behind the refused one in its partition is not there.
        let ends = try await stage.ends()
        try await reach("two partitions are through") {
          var through = 0
          for (partition, end) in ends {
            through += try await stage.integer(
              """
              SELECT count(*) FROM grounded.position
              WHERE partition = \(partition) AND next_offset = \(end)
              """)
          }
          return through == 2
        }
        let refused = try await stage.integer(
          "SELECT count(*) FROM grounded.grounding WHERE report_id = 'r-7'")
        #expect(refused == 0)
        try await stage.execute("ALTER TABLE grounded.grounding DROP CONSTRAINT refused")
        try await stage.expectEachOnce(60)
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `is read on after a ghost raised an epoch`() async throws {
    try await Stage.with { stage in
      var settings = stage.settings
      settings.limits.reopenAfter = .milliseconds(300)
      let notes = Notes()
      try await stage.running(settings: settings, notes: notes) { _ in
        try stage.publish((0..<20).map { Stage.report($0) })
        try await stage.expectEachOnce(20)
        try await stage.execute("UPDATE grounded.position SET epoch = epoch + 1")
        try stage.publish((20..<60).map { Stage.report($0) })
        try await notes.heard("partition belongs to another daemon now")
        try await stage.expectEachOnce(60)
      }
    }
  }
}
