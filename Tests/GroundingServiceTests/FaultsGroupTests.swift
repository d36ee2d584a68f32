import KafkaClient
import PostgresClient
import Reports
import Testing

@testable import GroundingService

@Suite(.serialized) struct `Services of one group` {
  @Test(.timeLimit(.minutes(4)))
  func `share the partitions, and one takes over what another leaves`() async throws {
    try await Stage.with(partitions: 4) { stage in
      let (first, second) = (Notes(), Notes())
      try await stage.running(notes: second) { _ in
        try stage.publish((0..<100).map { Stage.report($0) })
        try await second.heard("partition opened")
        try await stage.running(notes: first) { _ in
          try stage.publish((100..<200).map { Stage.report($0) })
          try await first.heard("partition opened")
          try stage.publish((200..<300).map { Stage.report($0) })
          try await stage.reachGroundings(300)
          #expect(Self.opened(first) >= 2, "the newcomer got its share")
        }
        try stage.publish((300..<400).map { Stage.report($0) })
        try await stage.reachGroundings(400)
        try await stage.expectEachOnce(400)
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `keep the partitions that stay theirs when another joins, and what is in work there`()
    async throws
  {
    try await Stage.with(partitions: 4) { stage in
      let (first, second) = (Notes(), Notes())
      let grounder = PatientGrounder()
      try await stage.running(grounder: grounder, notes: first) { _ in
        try stage.publish((0..<20).map { Stage.report($0) })
        try await stage.expectEachOnce(20)
        grounder.close()
        try stage.publish((20..<60).map { Stage.report($0) })
        try await reach("40 reports in work") { grounder.counted.begun == 60 }
        try await stage.running(notes: second) { _ in
          try await first.heard("partitions kept count=2")
          grounder.open()
          try await stage.expectEachOnce(60)
          #expect(grounder.counted.begun == 60, "nothing was begun a second time here")
          let epochs = try await stage.database.execute(
            "SELECT epoch FROM grounded.position ORDER BY epoch")
          #expect((0..<epochs.count).map { epochs.integer($0, 0) } == [1, 1, 2, 2])
        }
      }
    }
  }

  private static func opened(_ notes: Notes) -> Int {
    notes.all.count { $0.contains("partition opened") }
  }

  @Test(.timeLimit(.minutes(4)))
  func `write nothing of a partition that another has taken over`() async throws {
    try await Stage.with(partitions: 1) { stage in
      let grounder = PatientGrounder()
      let notes = Notes()
      try await stage.running(grounder: grounder, notes: notes) { _ in
        try stage.publish((0..<10).map { Stage.report($0) })
        try await stage.reachGroundings(10)
        // The first ten are out; ten more are in work when another daemon takes over.
        try await stage.expectEachOnce(10)
        grounder.close()
        try stage.publish((10..<20).map { Stage.report($0) })
        try await reach("ten in work") { grounder.counted.now == 10 }
        let store = PostgresStore(database: stage.database, campaign: "live")
        let tenure = try await store.takeOver(
          TopicPartition(topic: "reports.generated", partition: 0))
        #expect(tenure.nextOffset == 10)
        grounder.open()
        try await notes.heard("belongs to another daemon now")
        try await stage.expectEachOnce(10)
      }
      // Whoever is given the partition next does the rest.
      try await stage.running { _ in
        try await stage.reachGroundings(20)
        try await stage.expectEachOnce(20)
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `finish what is begun when they are stopped, and leave the rest to the next`()
    async throws
  {
    try await Stage.with(partitions: 2) { stage in
      var settings = stage.settings
      settings.limits.laneReportsMax = 30
      settings.limits.pollMessagesMax = 4
      let grounder = PatientGrounder(isOpen: false)
      try stage.publish((0..<200).map { Stage.report($0) })
      let service = try await stage.service(settings, grounder: grounder)
      async let work: Void = service.run()
      try await reach("both lanes are full") { grounder.counted.now >= 60 }
      service.stop()
      grounder.open()
      try await work
      let begun = grounder.counted.begun
      #expect(begun < 100)
      try await stage.expectEachOnce(begun)
      try await stage.running { _ in
        try await stage.reachGroundings(200)
        try await stage.expectEachOnce(200)
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `leave what does not finish within the grace`() async throws {
    try await Stage.with(partitions: 1) { stage in
      var settings = stage.settings
      settings.limits.shutdownGrace = .seconds(1)
      let grounder = PatientGrounder(isOpen: false)
      let service = try await stage.service(settings, grounder: grounder)
      async let work: Void = service.run()
      try stage.publish((0..<20).map { Stage.report($0) })
      try await reach("all in work") { grounder.counted.now == 20 }
      let begin = ContinuousClock.now
      service.stop()
      try await work
      #expect(ContinuousClock.now - begin < .seconds(6))
      try await reach("nothing is in work any more") { grounder.counted.now == 0 }
      #expect(try await stage.integer("SELECT count(*) FROM grounded.grounding") == 0)
      try await stage.running { _ in
        try await stage.reachGroundings(20)
        try await stage.expectEachOnce(20)
      }
    }
  }
}

@Suite struct `A service with little room` {
  @Test(.timeLimit(.minutes(4)))
  func `reads no more than it may hold, and all of it in order`() async throws {
    try await Stage.with { stage in
      var settings = stage.settings
      settings.limits.laneReportsMax = 4
      settings.limits.batchReportsMax = 2
      settings.limits.pollMessagesMax = 2
      settings.limits.relayRowsMax = 2
      let grounder = PatientGrounder(wait: .milliseconds(2))
      try await stage.running(grounder: grounder, settings: settings) { _ in
        for _ in 0..<10 {
          for key in 0..<12 {
            try stage.publishRaw(key: "key-\(key)", value: Stage.report("key-\(key)", [:]))
          }
        }
        try await stage.reachGroundings(120)
        try await stage.expectEachOnce(120)
      }
      // A poll may bring one message more than there is room for.
      #expect(grounder.counted.most <= 3 * (4 + 1))
      let reports = try await stage.outbound(120).map {
        try GroundedReport.decode($0, limits: ReportLimits())
      }
      for (key, same) in Dictionary(grouping: reports, by: \.reportID) {
        let offsets = same.map(\.source.offset)
        #expect(offsets.count == 10 && offsets == offsets.sorted(), "\(key)")
      }
    }
  }
}
