internal import Datasets
internal import Evaluation
internal import JSON
internal import Judging

/// What RadFact says of some reports, by whose judgement.
struct RadFactResult {
  let judge: String
  /// SHA-256 of a language model's prompt.
  let prompt: String?
  let summary: RadFact.Summary
  /// Nil without draws.
  let resampling: RadFact.Resampling?
  /// Nil for a judge that cannot fail to answer.
  let tally: JudgeTally?

  /// - Parameter verdicts: on all that the reports ask.
  init(
    of examples: [RadFactExample], _ verdicts: [EntailmentQuery: Entailment],
    by choices: RadFactJudgeChoices
  ) {
    let judging = RadFactJudging(examples)
    let samples = judging.samples(verdicts)
    judge = choices.judge.name
    prompt = choices.prompt
    summary = RadFact.Summary(of: samples)
    resampling = choices.draws.map {
      RadFact.Resampling(of: samples, draws: $0, seed: choices.seed)
    }
    tally = choices.prompt == nil ? nil : judging.tally(verdicts)
  }

  /// By RadFact's keys, and `judge`, `prompt` and `bootstrap` beside them.
  var json: JSON {
    func count(_ number: Int?) -> JSON { number.map { .integer(Int64($0)) } ?? .null }
    return .object(
      [.init("judge", .string(judge)), .init("prompt", .string(orNull: prompt))]
        + summary.members + [
          .init("num_llm_failures", count(tally?.failures)),
          .init("num_llm_success", count(tally?.successes)),
          .init("num_llm_phrase_rewrites", count(tally?.rewrites)),
          // Evidence that is quoted wrongly costs its sentence here, never the whole report.
          .init("num_invalid_processed_samples", 0),
          .init("bootstrap", resampling?.json ?? .null),
        ])
  }

  /// - Parameter name: of the reports, where there are several results.
  func tables(_ name: String? = nil) -> [TextTable] {
    let title = name.map { "RadFact of \($0)" } ?? "RadFact"
    return [scores("\(title) in %, judged by \(judge)")] + (resampling.map { [spread($0)] } ?? [])
      + [counts]
  }

  private func scores(_ title: String) -> TextTable {
    let rows: [(String, [RadFact.Metric])] = [
      ("logical", [.logicalPrecision, .logicalRecall, .logicalF1]),
      ("spatial", [.spatialPrecision, .spatialRecall, .spatialF1]),
      ("grounding", [.groundingPrecision, .groundingRecall, .groundingF1]),
    ]
    return TextTable(
      title: title, columns: ["", "precision", "recall", "F1"],
      rows: rows.map { name, metrics in [name] + metrics.map { percent(summary[$0]) } })
  }

  private func spread(_ resampling: RadFact.Resampling) -> TextTable {
    let rows = RadFact.Metric.allCases.map { metric in
      let spread = resampling[metric]
      let percentiles = spread.map { $0.percentiles.map { percent($0) } }
      return [metric.rawValue.replacing("_", with: " "), percent(spread?.mean)]
        + [percent(spread?.deviation)]
        + (percentiles ?? RadFact.Spread.shares.map { _ in percent(nil) })
    }
    return TextTable(
      title: "Over \(resampling.draws) draws of reports, seed \(resampling.seed)",
      columns: ["%", "mean", "sd", "2.5 %", "25 %", "median", "75 %", "97.5 %"], rows: rows)
  }

  private var counts: TextTable {
    var rows = [
      ["reports", "\(summary.samples)"],
      ["generated sentences a report", fixed(summary.candidatePhrases, decimals: 2)],
      ["  with boxes", fixed(summary.candidateBoxed, decimals: 2)],
      ["reference's sentences a report", fixed(summary.referencePhrases, decimals: 2)],
      ["  with boxes", fixed(summary.referenceBoxed, decimals: 2)],
    ]
    if let tally {
      rows += [
        ["answers that count", "\(tally.successes)"], ["that do not", "\(tally.failures)"],
        ["that reword the sentence", "\(tally.rewrites)"],
      ]
    }
    return TextTable(title: "Reports and answers", columns: ["", "number"], rows: rows)
  }

  private func percent(_ fraction: Double?) -> String { fixed(fraction.map { 100 * $0 }) }
}
