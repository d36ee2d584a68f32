import Foundation
import GroundingService
import Images
import JSON
import PostgresClient
import Reports
import Testing

@testable import grounded

@Suite(.serialized) struct `The replay command` {
  @Test(.timeLimit(.minutes(4)))
  func `goes on after it was killed, publishes once, and campaigns can be compared`() async throws {
    try await Servers.with { servers in
      let film = servers.folder.appending(path: "film.png")
      try Data(PNG.encode(DemoReports.samples[0].radiograph)).write(to: film)
      try servers.send(
        (0..<40).map { number in
          [
            "report_id": .string("r-\(number)"),
            "images": [["image_id": "frontal", "uri": .string("file:\(film.path)")]],
            "sections": [["text": "Opacity at the left base. No pneumothorax."]],
          ]
        })
      let served = try servers.start("serve")
      try await servers.wait(for: 40, from: served)
      #expect(await served.stopped() == 0, "\(served.complaint)")

      let counted = await answer(
        servers, "replay", "--campaign", "again", "--from-ledger", "--dry-run", "--json")
      #expect(counted?["total"]?.integer == 40)
      let campaigns = try await servers.database.rows("SELECT name FROM grounded.campaign")
      #expect(campaigns.count == 1, "counting writes nothing")

      var status: Int32 = -1
      for _ in 0..<2 {
        let before = try await groundings(of: "again", servers)
        let replay = try servers.start(
          "replay", "--campaign", "again", "--from-ledger", "--rate", "5")
        let deadline = ContinuousClock.now + .seconds(60)
        while try await groundings(of: "again", servers) == before, ContinuousClock.now < deadline {
          try await Task.sleep(for: .milliseconds(20))
        }
        await replay.killed()
      }
      let partly = try await groundings(of: "again", servers)
      #expect((1..<40).contains(partly), "\(partly)")
      let replay = try servers.start("replay", "--campaign", "again", "--from-ledger")
      status = await replay.status()
      #expect(status == 0, "\(replay.complaint)")
      #expect(try await groundings(of: "again", servers) == 40)
      try await expectOut(80, servers)

      let strict = await answer(
        servers, "replay", "--campaign", "strict", "--from-scores", "--threshold", "0.99",
        "--no-publish", "--json")
      #expect(strict?["through"]?.boolean == true)
      #expect(strict?["done"]?.integer == 40)
      let compared = await answer(servers, "campaigns", "compare", "live", "again", "--json")
      #expect(compared?["reports"]?.integer == 40)
      #expect(compared?["sentences"]?.integer == 80)
      for change in ["gained", "lost", "moved", "reports_apart"] {
        #expect(compared?[change]?.integer == 0, "\(change)")
      }
      let fact = await answer(
        servers, "evaluate", "radfact", "--judge", "rules", "--campaign", "strict",
        "--target-campaign", "live", "--json")
      #expect(fact?["num_samples"] == 40 && fact?["num_candidate_phrases"] == 2.0)
      #expect(fact?["logical_f1"] == 1.0)
      let list = await answer(servers, "campaigns", "--json")
      #expect(list?.array?.map { $0["campaign"]?.string } == ["live", "again", "strict"])
      #expect(list?.array?.map { $0["groundings"]?.integer } == [40, 40, 40])
      try await expectOut(80, servers)

      let foreign = await output(
        ["replay", "--campaign", "again", "--from-scores", "--json"] + servers.settings)
      #expect(foreign.status == .failed)
      #expect(foreign.complaint.contains("the campaign again exists and is another"))
    }
  }

  @Test func `refuses what contradicts itself`() async {
    for words in [
      ["replay"], ["replay", "--campaign", "live"],
      ["replay", "--campaign", "a", "--from", "yesterday"],
      ["replay", "--campaign", "a", "--partitions", "1,x"],
      ["replay", "--campaign", "a", "--generator", "CXRMate"],
      ["replay", "--campaign", "a", "--from-scores", "--weights", "w.safetensors"],
      ["campaigns", "compare", "live"],
    ] {
      let result = await output(words)
      #expect(result.status == .wrongUsage, "\(words): \(result.complaint)")
    }
  }

  private func answer(_ servers: Servers, _ words: String...) async -> JSON? {
    let result = await output(words + servers.settings)
    #expect(result.status == .done, "\(words): \(result.complaint)")
    return try? JSON(parsing: Array(result.text.utf8))
  }

  private func groundings(of campaign: String, _ servers: Servers) async throws -> Int64 {
    try await servers.database.rows(
      "SELECT count(DISTINCT grounding_id) FROM grounded.audit_sentence WHERE campaign = $1",
      campaign
    ).integer(0, 0) ?? -1
  }

  /// So many messages are out, each with an id of its own, and nothing waits.
  private func expectOut(_ count: Int, _ servers: Servers) async throws {
    let reader = try OutboundReader(servers.bench.kafka, topics: ["reports.grounded"])
    let messages = try await reader.read(count: count, within: .seconds(60))
    let ids = messages.map { $0.headers.first { $0.name == "ce_id" }?.value }
    #expect(Set(ids).count == count)
    await #expect(throws: OutboundReader.Failure.self) {
      try await reader.read(count: 1, within: .milliseconds(300))
    }
    let rows = try await servers.database.rows("SELECT count(*) FROM grounded.outbox")
    #expect(rows.integer(0, 0) == 0)
  }
}
