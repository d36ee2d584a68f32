internal import Foundation
internal import JSON

/// What a run came to.
struct Outcome: Sendable {
  let plan: Plan
  /// How often the run had to be done because in-process brokers broke.
  var attempts = 1
  var struck: [TimedFault] = []
  var accepted = 0
  var groundings = 0
  var rejections = 0
  var published = 0
  /// Attempts that librdkafka repeated and that these brokers did not know for repeats.
  var repeats = 0
  /// From the end of the faults until everything was through.
  var settled: Duration?
  var lasted = Duration.zero
  var violations: [Violation] = []

  init(plan: Plan) { self.plan = plan }

  /// One line.
  var line: String {
    let verdict = violations.isEmpty ? "ok" : "FAILED"
    let counts =
      "\(accepted) in, \(groundings) grounded, \(rejections) rejected, \(published) out"
    let settled = settled.map { "settled in \($0.shortText)" } ?? "not settled"
    let faults = struck.sorted { $0.at < $1.at }.map(\.description).joined(separator: ", ")
    return "seed \(plan.seed) \(verdict): \(counts), \(settled), \(lasted.shortText) | \(faults)"
  }
}

/// As a file, between the process of a run and the one that sums up.
extension Outcome {
  private static func file(in folder: String) -> URL { URL(filePath: "\(folder)/run.json") }

  func write(to folder: String) throws {
    try Data(json.bytes).write(to: Self.file(in: folder))
  }

  private var json: JSON {
    [
      "seed": .integer(Int64(plan.seed)), "daemons": .integer(Int64(plan.daemons)),
      "settings": .object(plan.settings.sorted { $0.key < $1.key }.map { .init($0, .string($1)) }),
      "faults": .array(
        plan.faults.map { timed in
          [
            "at": .string(timed.at.shortText), "fault": .string("\(timed.fault)"),
            "struck": .boolean(struck.contains(timed)),
          ]
        }),
      "accepted": .integer(Int64(accepted)), "groundings": .integer(Int64(groundings)),
      "rejections": .integer(Int64(rejections)), "published": .integer(Int64(published)),
      "repeats": .integer(Int64(repeats)),
      "settled_seconds": settled.map { .number($0 / .seconds(1)) } ?? .null,
      "seconds": .number(lasted / .seconds(1)),
      "violations": .array(
        violations.map { ["kind": .string($0.kind.rawValue), "text": .string($0.text)] }),
    ]
  }

  /// Why a file is not a run's outcome.
  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  init(of plan: Plan, readFrom folder: String) throws {
    let json = try JSON(parsing: [UInt8](Data(contentsOf: Self.file(in: folder))))
    func count(_ name: String) throws -> Int {
      guard let value = json[name]?.integer else { throw Unreadable(description: "no \(name)") }
      return Int(value)
    }
    self.plan = plan
    guard let faults = json["faults"]?.array, faults.count == plan.faults.count,
      let violations = json["violations"]?.array, let seconds = json["seconds"]?.number
    else { throw Unreadable(description: "the outcome is of another run than \(plan.seed)") }
    struck = zip(plan.faults, faults).filter { $1["struck"]?.boolean == true }.map { $0.0 }
    accepted = try count("accepted")
    groundings = try count("groundings")
    rejections = try count("rejections")
    published = try count("published")
    repeats = try count("repeats")
    settled = json["settled_seconds"]?.number.map { .seconds($0) }
    lasted = .seconds(seconds)
    self.violations = try violations.map { violation in
      guard let kind = violation["kind"]?.string.flatMap({ Violation.Kind(rawValue: $0) }),
        let text = violation["text"]?.string
      else { throw Unreadable(description: "an unknown violation") }
      return Violation(kind, text)
    }
  }
}

/// What all runs came to.
struct Summary: Sendable {
  private(set) var outcomes: [Outcome] = []

  mutating func add(_ outcome: Outcome) { outcomes.append(outcome) }

  var failed: [Outcome] { outcomes.filter { !$0.violations.isEmpty } }

  var lines: [String] {
    let all = outcomes.flatMap(\.struck)
    let kinds = Dictionary(grouping: all, by: \.fault.kind).mapValues(\.count)
    let faults = kinds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.value) \($0.key)" }
    let violations = Dictionary(grouping: outcomes.flatMap(\.violations), by: \.kind)
    let counts = Violation.Kind.allCases.map { "\(violations[$0]?.count ?? 0) \($0.rawValue)" }
    let settled = outcomes.compactMap(\.settled).max() ?? .zero
    return [
      "faults that struck: \(faults.joined(separator: ", "))",
      "\(outcomes.count) runs, \(all.count) faults, "
        + "\(outcomes.reduce(0) { $0 + $1.accepted }) messages, "
        + "\(outcomes.reduce(0) { $0 + $1.published }) publications, "
        + "\(outcomes.reduce(0) { $0 + $1.repeats }) repeats of librdkafka's own; "
        + "\(outcomes.reduce(0) { $0 + $1.attempts - 1 }) runs done again because brokers broke; "
        + "slowest to settle \(settled.shortText)",
      "\(failed.count) runs failed: \(counts.joined(separator: ", "))",
    ]
  }
}
