import Foundation
import GroundingService
import JSON
import PostgresClient
import TestKit
import Testing

@testable import grounded

@Suite(.serialized) struct `A daemon that rereads its configuration` {
  /// Writes the file that the daemon reads.
  private func write(_ lines: [String], in servers: Servers) throws -> String {
    let file = servers.folder.appending(path: "grounded.conf")
    try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: file)
    return file.path
  }

  private func daemon(_ servers: Servers, _ lines: [String]) throws -> Executable {
    try servers.writeFilm()
    return try servers.start(
      "serve", "--config", write(lines, in: servers), "--set",
      "images.allow=file:\(servers.folder.path)")
  }

  /// How many reports are in the ledger by campaign, grounder and threshold, all of them together in
  /// one text a row.
  private func made(_ servers: Servers) async throws -> [String] {
    let rows = try await servers.database.rows(
      """
      SELECT campaign, grounder_name, threshold::text, count(*)::text, count(DISTINCT report_id)::text
      FROM grounded.latest_grounding GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
      """)
    return (0..<rows.count).map { row in
      (0..<5).map { rows.text(row, $0) ?? "" }.joined(separator: " ")
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `takes another grounder without losing or doubling a report`() async throws {
    try await Servers.with { servers in
      let served = try daemon(servers, ["grounder.name = first", "grounder.threshold = 0.8"])
      try servers.sendFilm(0..<20, saying: "Left basal opacity. No pneumothorax.")
      try await servers.wait(for: 20, from: served)
      // Some of them are on their way when the next one comes.
      try servers.sendFilm(20..<40, saying: "Left basal opacity. No pneumothorax.")
      _ = try write(
        ["grounder.name = second", "grounder.threshold = 0.25", "campaign = other"], in: servers)
      served.reload()
      try await served.says("restart needed for=campaign")
      try await served.says("another grounder has taken over")
      try servers.sendFilm(40..<60, saying: "Left basal opacity. No pneumothorax.")
      try await servers.wait(for: 60, from: served)
      served.reload()  // nothing has changed
      try await served.says("configuration reread", times: 2)
      #expect(await served.stopped() == 0, "\(served.complaint)")
      let reports = try await made(servers)
      #expect(reports.count == 2, "\(reports)")
      #expect(reports.first?.hasPrefix("live first 0.8 ") == true)
      #expect(reports.last?.hasPrefix("live second 0.25 ") == true)
      let total = try await servers.database.rows(
        """
        SELECT count(*), count(DISTINCT report_id),
          count(*) FILTER (WHERE grounder_name = 'second' AND substr(report_id, 3)::int >= 40),
          count(*) FILTER (WHERE grounder_name = 'first' AND substr(report_id, 3)::int < 20)
        FROM grounded.latest_grounding
        """)
      #expect((0..<4).map { total.integer(0, $0) } == [60, 60, 20, 20])
      #expect(served.complaint.components(separatedBy: "has taken over").count == 2)
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `keeps the grounder it has when the other cannot be loaded, or is the same`() async throws {
    try await Servers.with { servers in
      let served = try daemon(servers, ["grounder.name = first"])
      try servers.sendFilm(0..<5, saying: "Left basal opacity. No pneumothorax.")
      try await servers.wait(for: 5, from: served)
      let broken = servers.folder.appending(path: "broken.safetensors")
      try Data("no weights".utf8).write(to: broken)
      let lines = ["grounder.name = second", "grounder.weights = broken.safetensors"]
      _ = try write(lines + ["grounder.tokenizer = broken.safetensors"], in: servers)
      served.reload()
      try await served.says("the present grounder works on, as the other cannot")
      _ = try write(["grounder.name = first", "grounder.treshold = 1"], in: servers)
      served.reload()
      try await served.says("the configuration stays as it is")
      try servers.sendFilm(5..<10, saying: "Left basal opacity. No pneumothorax.")
      try await servers.wait(for: 10, from: served)
      #expect(await served.stopped() == 0, "\(served.complaint)")
      #expect(try await made(servers) == ["live first 0.8 10 10"])
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `notices other weights under the same path`() async throws {
    try await Servers.with { servers in
      let weights = servers.folder.appending(path: "w.safetensors")
      try SmallModel.write(seed: 1, to: weights)
      try SmallModel.writeTokenizer(to: servers.folder.appending(path: "tokenizer.json"))
      let served = try daemon(
        servers,
        ["grounder.weights = w.safetensors", "grounder.tokenizer = tokenizer.json"])
      try servers.sendFilm(0..<5, saying: "Left basal opacity. No pneumothorax.")
      try await servers.wait(for: 5, from: served)
      let next = servers.folder.appending(path: "next.safetensors")
      try SmallModel.write(seed: 2, to: next)
      #expect(rename(next.path, weights.path) == 0)
      served.reload()
      try await served.says("another grounder has taken over")
      try servers.sendFilm(5..<10, saying: "Left basal opacity. No pneumothorax.")
      try await servers.wait(for: 10, from: served)
      #expect(await served.stopped() == 0, "\(served.complaint)")
      let rows = try await servers.database.rows(
        """
        SELECT count(*) FROM grounded.latest_grounding GROUP BY weights_sha256
        """)
      #expect(rows.count == 2 && rows.integer(0, 0) == 5 && rows.integer(1, 0) == 5)
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `waits for its database when it starts`() async throws {
    try await Servers.with { servers in
      await servers.database.disconnect()
      await servers.bench.postgres.stop()
      let served = try daemon(servers, [])
      try await served.says("the database cannot be used yet", times: 3)
      try await servers.bench.postgres.start()
      try servers.sendFilm(0..<3, saying: "Left basal opacity. No pneumothorax.")
      try await servers.wait(for: 3, from: served)
      #expect(await served.stopped() == 0, "\(served.complaint)")
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func `begins and ends a shadow`() async throws {
    try await Servers.with { servers in
      let shadow = ["shadow.fraction = 1", "shadow.name = next", "shadow.threshold = 0.5"]
      let served = try daemon(servers, shadow + ["shadow.campaign = trial"])
      try await served.says("a shadow has begun")
      try servers.sendFilm(0..<6, saying: "Left basal opacity. No pneumothorax.")
      try await servers.wait(for: 6, from: served)
      try await reach("the shadow's rows") {
        try await made(servers) == ["live medgrounder 0.8 6 6", "trial next 0.5 6 6"]
      }
      _ = try write(["shadow.fraction = 0"], in: servers)
      served.reload()
      try await served.says("the shadow has ended")
      try servers.sendFilm(6..<9, saying: "Left basal opacity. No pneumothorax.")
      try await servers.wait(for: 9, from: served)
      #expect(await served.stopped() == 0, "\(served.complaint)")
      #expect(try await made(servers) == ["live medgrounder 0.8 9 9", "trial next 0.5 6 6"])
    }
  }
}

/// Asks again and again until the condition holds.
func reach(_ what: String, _ condition: () async throws -> Bool) async throws {
  let deadline = ContinuousClock.now + .seconds(120)
  while try await !condition() {
    guard ContinuousClock.now < deadline else {
      throw Servers.Silence(description: "never \(what)")
    }
    try await Task.sleep(for: .milliseconds(20))
  }
}
