import Evaluation
import JSON
import Testing

@Suite struct `RadFact over reports` {
  private func phrase(_ isEntailed: Bool, _ boxes: [Rectangle]? = nil) -> RadFact.Phrase {
    RadFact.Phrase(isEntailed: isEntailed, boxes: boxes, evidence: boxes ?? [])
  }

  private func samples() throws -> [RadFact.Sample] {
    let box = try #require(Rectangle(left: 0, top: 0, right: 0.5, bottom: 0.5))
    return [
      RadFact.Sample(candidate: [phrase(true), phrase(false)], reference: [phrase(true)]),
      RadFact.Sample(
        candidate: [phrase(true, [box])], reference: [phrase(true, [box]), phrase(false, [box])]),
      RadFact.Sample(candidate: [], reference: [phrase(false)]),
    ]
  }

  @Test func `is the mean of those that define a number`() throws {
    let summary = RadFact.Summary(of: try samples())
    #expect(summary[.logicalPrecision] == 0.75 && summary[.logicalRecall] == 0.5)
    #expect(summary[.logicalF1] == 0.6)
    #expect(summary[.spatialPrecision] == 1 && summary[.spatialRecall] == 0.5)
    #expect(summary[.groundingF1] == 1)
    #expect(summary.samples == 3 && summary.candidatePhrases == 1)
    #expect(abs(summary.referencePhrases - 4.0 / 3) < 1e-12)
  }

  @Test func `has RadFact's keys, and null for what is undefined`() throws {
    let json = JSON.object(RadFact.Summary(of: [try samples()[0]]).members)
    let keys = [
      "logical_precision", "logical_recall", "logical_f1", "spatial_precision", "spatial_recall",
      "spatial_f1", "grounding_precision", "grounding_recall", "grounding_f1",
      "num_candidate_phrases", "num_reference_phrases", "num_candidate_phrases_with_boxes",
      "num_reference_phrases_with_boxes", "num_samples",
    ]
    #expect(json.members?.map(\.name) == keys)
    #expect(json["spatial_f1"]?.isNull == true && json["logical_recall"] == 1.0)
  }

  @Test func `of no report is nothing`() {
    let summary = RadFact.Summary(of: [])
    #expect(RadFact.Metric.allCases.allSatisfy { summary[$0] == nil })
    #expect(summary.samples == 0 && summary.candidatePhrases == 0)
  }

  @Test func `spreads over draws as the seed has it`() throws {
    let samples = try samples()
    let first = RadFact.Resampling(of: samples, draws: 2_000, seed: 1)
    #expect(first == RadFact.Resampling(of: samples, draws: 2_000, seed: 1))
    #expect(first != RadFact.Resampling(of: samples, draws: 2_000, seed: 2))
    let spread = try #require(first[.logicalRecall])
    // Three reports with recalls 1, ½ and 0: their mean has deviation √(1/6 / 3).
    #expect(abs(spread.mean - 0.5) < 0.02 && abs(spread.deviation - 0.2357) < 0.02)
    #expect(spread.percentiles == spread.percentiles.sorted())
    #expect(spread.percentiles[0] == 0 && spread.percentiles[4] == 1)
    #expect(first.json["logical_recall"]?["median"]?.number == spread.percentiles[2])
    #expect(first.json["draws"] == 2_000)
  }

  @Test func `does not spread where all reports are alike`() throws {
    let resampling = RadFact.Resampling(
      of: [try samples()[1], try samples()[1]], draws: 10, seed: 3)
    let spread = try #require(resampling[.logicalRecall])
    #expect(spread.mean == 0.5 && spread.deviation == 0)
    #expect(spread.percentiles == [0.5, 0.5, 0.5, 0.5, 0.5])
    let undefined = RadFact.Resampling(of: [try samples()[0]], draws: 10, seed: 3)
    #expect(undefined[.spatialF1] == nil && undefined.json["spatial_f1"]?.isNull == true)
  }
}
