import Foundation
import JSON
import Journal
import KafkaClient
import PostgresClient
import Reports
import Synchronization
import Testing

@testable import GroundingService

/// What a service says, for tests that wait until it said it.
final class Notes: Sendable {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock { $0 } }

  var log: Log {
    Log(
      level: .info, style: .terminal, now: { ContinuousClock.now },
      sink: { line in self.lines.withLock { $0.append(line) } })
  }

  /// Returns once a line has that text.
  func heard(_ text: String, within limit: Duration = .seconds(120)) async throws {
    try await reach("the log says “\(text)”", within: limit) {
      all.contains { $0.contains(text) }
    }
  }
}

struct NeverCame: Error { let what: String }

/// Asks again and again until the condition holds.
func reach(
  _ what: String, within limit: Duration = .seconds(120),
  isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while try await !condition() {
    guard ContinuousClock.now < deadline else { throw NeverCame(what: what) }
    try await Task.sleep(for: .milliseconds(10))
  }
}

/// A grounder that takes its time, and counts the reports that are with it.
final class PatientGrounder: ReportGrounder {
  struct Count { var now = 0, most = 0, begun = 0 }

  private let wait: Duration
  private let isOpen: Mutex<Bool>
  private let count = Mutex(Count())

  /// - Parameter isOpen: false holds every report until `open`.
  init(wait: Duration = .zero, isOpen: Bool = true) {
    self.wait = wait
    self.isOpen = Mutex(isOpen)
  }

  var identity: GrounderIdentity { NullGrounder().identity }
  var counted: Count { count.withLock { $0 } }

  func open() { isOpen.withLock { $0 = true } }
  func close() { isOpen.withLock { $0 = false } }

  func ground(_ report: ReportEvent) async throws(GroundingFailure) -> GroundingResult {
    count.withLock { count in
      count.begun += 1
      count.now += 1
      count.most = max(count.most, count.now)
    }
    defer { count.withLock { $0.now -= 1 } }
    do {
      try await Task.sleep(for: wait)
      while !isOpen.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
    } catch {
      throw .interrupted
    }
    return try await NullGrounder().ground(report)
  }
}

extension Stage {
  /// Runs a service, and hands on what made it stop by itself.
  func runToEnd(_ settings: Service.Settings) async throws {
    let service = try await service(settings)
    try await service.run()
  }

  /// Waits until so many groundings are in the ledger.
  func reachGroundings(_ count: Int, within limit: Duration = .seconds(150)) async throws {
    try await reach("\(count) groundings", within: limit) {
      try await integer("SELECT count(*) FROM grounded.grounding") >= count
    }
  }

  /// Every report is in the ledger once and on the outbound topic once, and nothing else is.
  func expectEachOnce(
    _ count: Int, rejected: Int = 0, at place: SourceLocation = #_sourceLocation
  ) async throws {
    let all = count + rejected
    let messages = try await outbound(all, andBeyond: .milliseconds(300))
    #expect(messages.count == all, sourceLocation: place)
    let ids = messages.compactMap { message in
      // A rejection carries the headers of the original beside its own.
      message.headers.last { $0.name == "grounded_id" }?.value
        ?? message.headers.last { $0.name == "ce_id" }?.value
    }
    #expect(Set(ids).count == all, "a message came out twice", sourceLocation: place)
    let ledger = try await integer("SELECT count(*) FROM grounded.grounding")
    #expect(ledger == count, sourceLocation: place)
    let turnedAway = try await integer("SELECT count(*) FROM grounded.rejection")
    #expect(turnedAway == rejected, sourceLocation: place)
    try await reach("an empty outbox") {
      try await integer("SELECT count(*) FROM grounded.outbox") == 0
    }
  }

  /// How often each code was given, in the ledger.
  func rejections() async throws -> [String: Int] {
    let rows = try await database.execute(
      "SELECT code, count(*) FROM grounded.audit_rejection GROUP BY code")
    return Dictionary(
      uniqueKeysWithValues: (0..<rows.count).map { row in
        (rows.text(row, 0) ?? "", Int(rows.integer(row, 1) ?? 0))
      })
  }

  /// A report that says what it is told to.
  static func report(_ id: String, _ members: [String: JSON]) -> [UInt8] {
    var report: [String: JSON] = [
      "report_id": .string(id), "images": [["uri": "file:/nowhere.png"]],
      "sections": [["name": "findings", "text": "Left basal opacity. No pneumothorax."]],
    ]
    for (name, value) in members { report[name] = value }
    return JSON.object(report.map { JSON.Member($0.key, $0.value) }).bytes
  }
}
