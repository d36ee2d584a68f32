import Datasets
import Evaluation
import Judging
import Testing

@Suite struct `RadFact's questions` {
  private func box(_ right: Double) throws -> RadFactBox {
    try #require(RadFactBox(left: 0, top: 0, right: right, bottom: 1))
  }

  /// Two sentences with a box and one without against two of which one has a box.
  private func example() throws -> RadFactExample {
    RadFactExample(
      id: "a",
      prediction: [
        RadFactSentence(text: "Left effusion.", boxes: [try box(0.4)]),
        RadFactSentence(text: "Rib fracture.", boxes: [try box(1)]),
        RadFactSentence(text: "No pneumothorax."),
      ],
      target: [
        RadFactSentence(text: "Left effusion.", boxes: [try box(0.5)]),
        RadFactSentence(text: "Large heart."),
      ])
  }

  private func verdicts(
    _ queries: [EntailmentQuery]
  ) async throws -> [EntailmentQuery: Entailment] {
    try await Hearing.verdicts(
      on: queries, by: RuleJudge(), jobs: 1, known: { _ in nil }, heard: { _, _, _, _ in })
  }

  @Test func `are one for each sentence and direction`() throws {
    let queries = RadFactJudging([try example()]).queries
    #expect(queries.map(\.hypothesis).count == 5)
    #expect(queries[0].reference == ["Left effusion.", "Large heart."])
    #expect(queries[4].hypothesis == "Large heart.")
    #expect(queries[4].reference.count == 3)
  }

  @Test func `give precision and recall`() async throws {
    let judging = RadFactJudging([try example()])
    let verdicts = try await verdicts(judging.queries)
    let summary = RadFact.Summary(of: judging.samples(verdicts))
    #expect(summary[.logicalPrecision] == 1.0 / 3 && summary[.logicalRecall] == 0.5)
    // Of the generated boxes one is covered whole, the other's sentence is not borne out; the
    // reference's is covered by 0.4 / 0.5.
    #expect(summary[.spatialPrecision] == 0.5 && summary[.groundingPrecision] == 1)
    #expect(summary[.spatialRecall] == 1 && summary[.groundingF1] == 1)
    #expect(summary.candidatePhrases == 3 && summary.candidateBoxed == 2)
    #expect(summary.referencePhrases == 2 && summary.referenceBoxed == 1)
    #expect(judging.tally(verdicts).successes == 5)
  }

  @Test func `are none against a report without sentences`() async throws {
    let empty = RadFactExample(id: "a", prediction: [RadFactSentence(text: "Clear.")], target: [])
    let judging = RadFactJudging([empty])
    #expect(judging.queries.isEmpty)
    let summary = RadFact.Summary(of: judging.samples([:]))
    #expect(summary[.logicalPrecision] == 0 && summary[.logicalRecall] == nil)
    #expect(summary[.logicalF1] == nil && judging.tally([:]) == JudgeTally())
  }

  @Test func `take a box without an area for a box that nothing covers`() async throws {
    let line = try #require(RadFactBox(left: 0.5, top: 0, right: 0.5, bottom: 1))
    let example = RadFactExample(
      id: "a", prediction: [RadFactSentence(text: "Effusion.", boxes: [line])],
      target: [RadFactSentence(text: "Effusion.", boxes: [try box(1)])])
    let judging = RadFactJudging([example])
    let summary = RadFact.Summary(of: judging.samples(try await verdicts(judging.queries)))
    #expect(summary[.spatialPrecision] == 0 && summary.candidateBoxed == 1)
    #expect(summary[.logicalF1] == 1)
  }

  @Test func `count answers that do not count, and reworded ones`() throws {
    let judging = RadFactJudging([try example()])
    var verdicts: [EntailmentQuery: Entailment] = [:]
    for (index, query) in judging.queries.enumerated() {
      verdicts[query] =
        switch index {
        case 0: Entailment(failure: .notJSON)
        case 1: Entailment(evidence: [1], isRewritten: true)
        default: Entailment(evidence: [])
        }
    }
    let tally = judging.tally(verdicts)
    #expect(tally.failures == 1 && tally.successes == 4 && tally.rewrites == 1)
    #expect(RadFact.Summary(of: judging.samples(verdicts))[.logicalPrecision] == 1.0 / 3)
  }
}
