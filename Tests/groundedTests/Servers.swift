import Foundation
import GroundingService
import Images
import JSON
import KafkaClient
import Phantoms
import PostgresClient
import Reports
import TestKit

@testable import grounded

/// A private PostgreSQL and brokers in this process, for the executable as another process.
struct Servers: Sendable {
  let bench: Workbench
  let database: Database
  /// A folder for files, removed in the end.
  let folder: URL

  static func with(_ body: (Servers) async throws -> Void) async throws {
    let folder = try Place.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let bench = try await Workbench.open(
      migrations: Place.repository.appending(path: "Migrations"), topics: PipelineTrial.topics,
      partitions: 3, isDurable: false)
    let servers = Servers(
      bench: bench, database: Database(uri: bench.postgres.uri, applicationName: "test"),
      folder: folder)
    do {
      try await body(servers)
    } catch {
      await servers.database.disconnect()
      await bench.close()
      throw error
    }
    await servers.database.disconnect()
    await bench.close()
  }

  /// Starts a command that knows where the servers are.
  func start(_ words: String...) throws -> Executable {
    guard ["serve", "replay"].contains(words[0]) else { return try Executable(words, in: folder) }
    return try Executable([words[0]] + settings + words.dropFirst(), in: folder)
  }

  /// The options that say where the servers and the images are.
  var settings: [String] {
    let images = Place.shared.map { $0.appending(path: "data/images").path }
    return [
      "kafka.bootstrap.servers=\(bench.brokers.addresses)", "postgres.uri=\(bench.postgres.uri)",
      "images.allow="
        + [images, folder.path].compactMap { $0 }.map { "file:\($0)" }
        .joined(separator: " "),
      "http.listen=off", "kafka.fetch.wait.max.ms=5",
    ].flatMap { ["--set", $0] }
  }

  /// A file with one JSON value a line.
  func write(_ values: [JSON]) throws -> String {
    let file = folder.appending(path: "\(UUID()).jsonl")
    try Data(values.map { $0.text + "\n" }.joined().utf8).write(to: file)
    return file.path
  }

  /// Writes the film that `sendFilm` speaks of.
  func writeFilm() throws {
    let picture = PhantomFilm(seed: 1, width: 96, height: 96).picture
    try Data(PNG.encode(picture)).write(to: folder.appending(path: "film.png"))
  }

  /// Sends reports “r-N” about that film.
  func sendFilm(_ numbers: Range<Int>, saying text: String) throws {
    let uri = "file:" + folder.appending(path: "film.png").path
    try send(
      numbers.map { number in
        [
          "report_id": .string("r-\(number)"),
          "images": [["uri": .string(uri), "view": "PA"]],
          "sections": [["name": "findings", "text": .string(text)]],
        ]
      })
  }

  /// Sends reports past the checks of `publish`.
  func send(_ reports: [JSON]) throws {
    var outbound = try Outbound(bench.kafka, topic: "reports.generated", complain: { _ in })
    for (index, report) in reports.enumerated() {
      try outbound.send(
        EncodedMessage(
          key: Array((report["report_id"]?.string ?? "").utf8), headers: [], value: report.bytes),
        ticket: UInt64(index))
    }
    try outbound.finish()
  }

  /// Returns when that many messages are on the outbound topics.
  func wait(for count: Int, from daemon: Executable) async throws {
    let reader = try OutboundReader(
      bench.kafka.overridden(by: KafkaSettings([("group.id", "test-reader")])),
      topics: ["reports.grounded", "reports.rejected"])
    do {
      _ = try await reader.read(count: count, within: .seconds(120))
    } catch {
      throw Silence(description: "\(error); the daemon said: \(daemon.complaint)")
    }
  }

  struct Silence: Error { let description: String }
}

extension Database {
  /// The rows that a query gives for one text.
  func rows(_ query: String, _ text: String? = nil) async throws -> PostgresRows {
    try transaction { session throws(PostgresError) in
      try session.execute(query, text.map { [.text($0)] } ?? [])
    }
  }
}
