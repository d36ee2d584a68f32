/// Has a judge decide on many queries, several at once.
public enum Hearing {
  /// Questions that the judge may refuse before it has answered any.
  private static let refusalsMax = 16

  /// The verdicts on all queries; the same query is asked once.
  ///
  /// A question that the judge refuses for its contents is a failed answer, `Entailment.Failure.refused`,
  /// once the judge has answered another; as long as it has answered none, the refusal is thrown, at
  /// the latest with the sixteenth. When a question fails otherwise no further one is asked; those
  /// under way are heard before the error is thrown.
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
    try await answers(to: missing, by: judge, jobs: jobs) { query, verdict in
      verdicts[query] = verdict
      try heard(query, verdict, verdicts.count, seen.count)
    }
    return verdicts
  }

  private typealias Answer = (query: EntailmentQuery, result: Result<Entailment, JudgeError>)

  private static func answers(
    to queries: [EntailmentQuery], by judge: any Judge, jobs: Int,
    _ take: (EntailmentQuery, Entailment) throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Answer.self) { group in
      var rest = queries[...]
      var hasAnswered = false
      var refused: [EntailmentQuery] = []
      var problem: JudgeError?
      var refusal: JudgeError?
      var underWay = 0
      while true {
        while problem == nil, refused.count < refusalsMax, underWay < jobs,
          let query = rest.popFirst()
        {
          group.addTask { await answer(to: query, by: judge) }
          underWay += 1
        }
        guard let (query, result) = try await group.next() else { break }
        underWay -= 1
        switch result {
        case .success(let verdict):
          hasAnswered = true
          try take(query, verdict)
        case .failure(let error) where error.isOfOneQuestion:
          refusal = error
          refused.append(query)
        case .failure(let error): problem = problem ?? error
        }
        if hasAnswered {
          for query in refused { try take(query, Entailment(failure: .refused)) }
          refused = []
        }
      }
      if let problem { throw problem }
      if let refusal, !refused.isEmpty { throw refusal }
    }
  }

  private static func answer(to query: EntailmentQuery, by judge: any Judge) async -> Answer {
    do throws(JudgeError) {
      return (query, .success(try await judge.verdict(on: query)))
    } catch {
      return (query, .failure(error))
    }
  }
}
