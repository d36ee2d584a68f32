import Foundation
import JSON
import KafkaClient
import PostgresClient
import Reports
import TestKit

@testable import GroundingService

/// A private PostgreSQL, brokers, and a service between them, for one test.
struct Stage {
  static let topics = ["reports.generated", "reports.grounded", "reports.rejected"]

  let bench: Workbench
  let database: Database
  private let producer: KafkaProducer

  static func with(
    partitions: Int = 3, isDurable: Bool = false, _ body: (Stage) async throws -> Void
  ) async throws {
    let bench = try await Workbench.open(
      migrations: Place.repository.appending(path: "Migrations"), topics: topics,
      partitions: partitions, isDurable: isDurable)
    let stage = Stage(
      bench: bench, database: Database(uri: bench.postgres.uri, applicationName: "test"),
      producer: try KafkaProducer(
        bench.kafka.overridden(by: KafkaSettings([("message.max.bytes", "33554432")])),
        logger: { _, _, _ in }))
    do {
      try await body(stage)
    } catch {
      await stage.database.disconnect()
      await bench.close()
      throw error
    }
    await stage.database.disconnect()
    await bench.close()
  }

  var settings: Service.Settings {
    var settings = Service.Settings(kafka: bench.kafka, postgresURI: bench.postgres.uri)
    settings.limits.shutdownGrace = .seconds(8)
    return settings
  }

  func service(
    _ settings: Service.Settings? = nil, grounder: any ReportGrounder = NullGrounder(),
    notes: Notes = Notes()
  ) async throws -> Service {
    try await Service(
      settings ?? self.settings, grounder: grounder, surroundings: .real,
      metrics: ServiceMetrics(), log: notes.log)
  }

  /// Runs a service while `body` works.
  func running(
    grounder: any ReportGrounder = NullGrounder(), settings: Service.Settings? = nil,
    notes: Notes = Notes(), _ body: (Service) async throws -> Void
  ) async throws {
    let service = try await service(settings, grounder: grounder, notes: notes)
    async let work: Void = service.run()
    do {
      try await body(service)
    } catch {
      service.stop()
      try? await work
      throw Failed(reason: error, log: notes.all.suffix(8))
    }
    service.stop()
    try await work
  }

  /// Runs a service until that many messages are out in all, and stops it.
  func serve(
    until count: Int, grounder: any ReportGrounder = NullGrounder()
  ) async throws -> [RawMessage] {
    var messages: [RawMessage] = []
    try await running(grounder: grounder) { _ in messages = try await outbound(count) }
    // Nothing may follow what was waited for.
    return try await outbound(count, andBeyond: .milliseconds(300), messages)
  }

  /// The first messages of the outbound topics.
  func outbound(
    _ count: Int, andBeyond wait: Duration = .zero, _ known: [RawMessage] = []
  ) async throws -> [RawMessage] {
    let consumer = try KafkaConsumer(
      bench.kafka.overridden(by: KafkaSettings([("group.id", "test-reader")])),
      logger: { _, _, _ in })
    defer { _ = consumer.close(within: .seconds(2)) }
    var starts: [TopicPartition: KafkaOffset] = [:]
    for topic in Self.topics.dropFirst() {
      for partition in try consumer.partitions(of: topic, timeout: .seconds(10)) {
        starts[partition] = .beginning
      }
    }
    try consumer.assign(starts)
    var deadline = ContinuousClock.now + .seconds(150)
    var messages: [RawMessage] = []
    while ContinuousClock.now < deadline {
      if messages.count >= count && wait == .zero { return messages }
      guard case .message(let message) = consumer.poll(timeout: .zero) else {
        try await Task.sleep(for: .milliseconds(3))  // leaves the thread to the service
        continue
      }
      messages.append(RawMessage(message))
      if messages.count == count { deadline = .now + wait }
    }
    guard messages.count >= count else { throw Late(came: messages.count, wanted: count) }
    return messages
  }

  struct Late: Error { let came, wanted: Int }

  /// An error, and what the service said before it.
  struct Failed: Error {
    let reason: any Error
    let log: ArraySlice<String>
  }

  func publish(_ reports: [JSON]) throws {
    for report in reports {
      try publishRaw(key: report["report_id"]?.string ?? "", value: report.bytes)
    }
  }

  func publishRaw(key: String, value: [UInt8]?, headers: [KafkaHeader] = []) throws {
    try send(
      OutboundMessage(
        topic: "reports.generated", key: Array(key.utf8), value: value, headers: headers))
  }

  func send(_ message: OutboundMessage) throws {
    try producer.send(message, ticket: 0)
    guard producer.flush(timeout: .seconds(20)) else { throw Late(came: 0, wanted: 1) }
    for report in producer.deliveries(timeout: .zero, max: 100) { _ = try report.get() }
  }

  func integer(_ query: String) async throws -> Int {
    try await database.transaction { session throws(PostgresError) in
      Int(try session.execute(query).integer(0, 0) ?? -1)
    }
  }

  func execute(_ query: String) async throws {
    try await database.transaction { session throws(PostgresError) in
      try session.execute(query)
    }
  }

  /// A report of eight sentences.
  static func report(_ number: Int, uri: String = "file:/nowhere.png") -> JSON {
    [
      "report_id": .string("r-\(number)"),
      "images": [["image_id": "frontal", "uri": .string(uri), "view": "PA"]],
      "sections": [
        [
          "name": "findings",
          "text": .string((1...8).map { "Sentence \($0) of \(number)." }.joined(separator: " ")),
        ]
      ],
    ]
  }
}
