import Foundation
import JSON
import KafkaClient
import PostgresClient
import Reports
import TestKit
import Testing

@testable import GroundingService

@Suite(.serialized) struct `A change of the grounder` {
  /// How many groundings each grounder has made.
  private func made(_ stage: Stage, in campaign: String = "live") async throws -> [String: Int] {
    let rows = try await stage.database.execute(
      """
      SELECT grounder_name, count(*) FROM grounded.latest_grounding WHERE campaign = $1 GROUP BY 1
      """, [.text(campaign)])
    return Dictionary(
      uniqueKeysWithValues: (0..<rows.count).map { row in
        (rows.text(row, 0) ?? "", Int(rows.integer(row, 1) ?? 0))
      })
  }

  @Test(.timeLimit(.minutes(4)))
  func `lets every row name who made it, and loses and doubles nothing`() async throws {
    try await Stage.with { stage in
      try await stage.running(grounder: NamedGrounder("first")) { service in
        for round in 0..<4 {
          try stage.publish((0..<100).map { Stage.report(round * 100 + $0) })
          try await service.change(to: NamedGrounder("number \(round)"))
        }
        try stage.publish((400..<500).map { Stage.report($0) })
        try await stage.reachGroundings(500)
        try await stage.expectEachOnce(500)
        // What was published after the last change is of the last grounder, whole.
        let rows = try await stage.integer(
          """
          SELECT count(*) FROM grounded.latest_grounding WHERE grounder_name = 'number 3'
            AND substr(report_id, 3)::int >= 400
          """)
        #expect(rows == 100)
        #expect(try await made(stage).values.reduce(0, +) == 500)
      }
      for message in try await stage.outbound(500) {
        let report = try GroundedReport.decode(message, limits: ReportLimits())
        let rows = try await stage.database.execute(
          "SELECT grounder_name FROM grounded.latest_grounding WHERE grounding_id::text = $1",
          [.text(report.groundingID.uuidString.lowercased())])
        #expect(rows.text(0, 0) == report.grounder.name)
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `lets the earlier one finish what it has begun`() async throws {
    try await Stage.with { stage in
      let slow = PatientGrounder(isOpen: false)
      try await stage.running(grounder: NamedGrounder("slow", grounder: slow)) { service in
        try stage.publish((0..<10).map { Stage.report($0) })
        try await reach("ten reports have begun") { slow.counted.now == 10 }
        try await service.change(to: NamedGrounder("next"))
        try stage.publish((10..<20).map { Stage.report($0) })
        slow.open()
        try await stage.reachGroundings(20)
        #expect(try await made(stage) == ["slow": 10, "next": 10])
        try await stage.expectEachOnce(20)
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `takes over reports that wait for their images`() async throws {
    let archive = try BadArchive()
    try await Stage.with { stage in
      try await stage.running(grounder: try archive.grounder(patience: .seconds(600))) { service in
        for id in 0..<3 {
          try stage.publishRaw(
            key: "r", value: Stage.report("r-\(id)", ["images": [["uri": archive.uri("down.png")]]])
          )
        }
        try await reach("they wait") {
          service.metrics.exposition().contains("grounded_messages_consumed_total 3")
        }
        try await service.change(to: NamedGrounder("next"))
        try await stage.reachGroundings(3)
        #expect(try await made(stage) == ["next": 3])
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `waits for a database that is down, while the present one works on`() async throws {
    try await Stage.with { stage in
      let notes = Notes()
      try await stage.running(grounder: NamedGrounder("first"), notes: notes) { service in
        try stage.publish((0..<10).map { Stage.report($0) })
        try await stage.reachGroundings(10)
        await stage.database.disconnect()
        await stage.bench.postgres.stop()
        async let change: Void = service.change(to: NamedGrounder("second"))
        try await notes.heard("another grounder waits for the database")
        try await stage.bench.postgres.start()
        try await change
        try stage.publish((10..<20).map { Stage.report($0) })
        try await stage.reachGroundings(20)
        #expect(try await made(stage) == ["first": 10, "second": 10])
      }
    }
  }
}
