/// Has a judge decide on many queries, several at once.
public enum Hearing {
  /// The verdicts on all queries; the same query is asked once.
  ///
  /// - Parameters:
  ///   - jobs: queries under way at once, at least 1.
  ///   - asks: false to fail with `JudgeError.missing` where a verdict is not known.
  ///   - known: the verdict from before; nil where there is none.
  ///   - heard: takes each new verdict as it comes, with how many are there of how many.
  public static func verdicts(
    on queries: [EntailmentQuery], by judge: any Judge, jobs: Int, asks: Bool = true,
    known: (EntailmentQuery) -> Entailment?,
    heard: (EntailmentQuery, Entailment, _ done: Int, _ total: Int) throws -> Void
  ) async throws -> [EntailmentQuery: Entailment] {
    precondition(jobs > 0, "\(jobs) jobs")
    var verdicts: [EntailmentQuery: Entailment] = [:]
    var missing: [EntailmentQuery] = []
    var seen: Set<EntailmentQuery> = []
    for query in queries where seen.insert(query).inserted {
      if let verdict = known(query) { verdicts[query] = verdict } else { missing.append(query) }
    }
    guard asks || missing.isEmpty else { throw JudgeError.missing(count: missing.count) }
    try await withThrowingTaskGroup(of: (EntailmentQuery, Entailment).self) { group in
      var rest = missing[...]
      for query in rest.prefix(jobs) {
        group.addTask { (query, try await judge.verdict(on: query)) }
      }
      rest = rest.dropFirst(jobs)
      while let (query, verdict) = try await group.next() {
        verdicts[query] = verdict
        try heard(query, verdict, verdicts.count, seen.count)
        guard let next = rest.popFirst() else { continue }
        group.addTask { (next, try await judge.verdict(on: next)) }
      }
    }
    return verdicts
  }
}
