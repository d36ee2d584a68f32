internal import JSON

/// What a run came to.
struct Outcome: Sendable {
  let plan: Plan
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

  /// One line.
  var line: String {
    let verdict = violations.isEmpty ? "ok" : "FAILED"
    let counts =
      "\(accepted) in, \(groundings) grounded, \(rejections) rejected, \(published) out"
    let settled = settled.map { "settled in \($0.shortText)" } ?? "not settled"
    let faults = struck.sorted { $0.at < $1.at }.map(\.description).joined(separator: ", ")
    return "seed \(plan.seed) \(verdict): \(counts), \(settled), \(lasted.shortText) | \(faults)"
  }

  var json: JSON {
    func texts(_ all: [some CustomStringConvertible]) -> JSON {
      .array(all.map { .string($0.description) })
    }
    return [
      "seed": .integer(Int64(plan.seed)), "daemons": .integer(Int64(plan.daemons)),
      "settings": .object(plan.settings.sorted { $0.key < $1.key }.map { .init($0, .string($1)) }),
      "drawn": .array(plan.faults.map { .string("\($0.at.shortText) \($0.fault)") }),
      "struck": texts(struck), "accepted": .integer(Int64(accepted)),
      "groundings": .integer(Int64(groundings)), "rejections": .integer(Int64(rejections)),
      "published": .integer(Int64(published)), "repeats": .integer(Int64(repeats)),
      "settled_seconds": settled.map { .number($0 / .seconds(1)) } ?? .null,
      "seconds": .number(lasted / .seconds(1)), "violations": texts(violations),
    ]
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
        + "slowest to settle \(settled.shortText)",
      "\(failed.count) runs failed: \(counts.joined(separator: ", "))",
    ]
  }
}
