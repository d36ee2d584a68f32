internal import Datasets
internal import Judging

/// The judge with its file of verdicts open: what it is asked once, it is not asked again.
struct RadFactHearing {
  let choices: RadFactJudgeChoices
  private let file: VerdictFile?

  init(_ choices: RadFactJudgeChoices) throws {
    self.choices = choices
    file = try choices.verdictFile()
  }

  /// The verdicts on all that these reports ask; the judge is asked for what is not known yet.
  func verdicts(
    on examples: [RadFactExample], showingOn console: Console
  ) async throws -> [EntailmentQuery: Entailment] {
    let meter = ProgressMeter(console)
    defer { meter.end() }
    return try await Hearing.verdicts(
      on: RadFactJudging(examples).queries, by: choices.judge, jobs: choices.jobs,
      asks: choices.asks, known: { file?[$0] },
      heard: { query, verdict, done, total in
        try file?.keep(verdict, on: query)
        meter.show(done: Int64(done), of: Int64(total), unit: "verdicts")
      })
  }
}
