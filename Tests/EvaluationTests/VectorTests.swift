import JSON
import TestKit
import Testing

@testable import Evaluation

@Suite struct `The reference's vectors` {
  let vectors: JSON
  let tolerance: Double

  init() throws {
    vectors = try Place.json(Place.golden("EvaluationTests", "metric_vectors.json"))
    tolerance = try #require(vectors["tolerance"]?.number)
  }

  @Test func `agree on each phrase`() throws {
    let cases = try #require(vectors["cases"]?.array)
    #expect(cases.count == 240)
    for vector in cases {
      let phrase = try Phrase(vector: vector)
      let outcome = PhraseOutcome(phrase)
      let boxes = phrase.predictions.map(\.box)
      let best = mostMatches(boxes, phrase.truth) { $0.iou(with: $1) >= 0.5 }
      let mine: JSON = [
        "group": .string(outcome.group.rawValue), "n_pred": .integer(Int64(outcome.predictions)),
        "n_gt": .integer(Int64(outcome.truths)),
        "tp_iou_greedy": .integer(Int64(outcome.matches)), "tp_iou_optimal": .integer(Int64(best)),
        "tp_giou_greedy": .integer(Int64(outcome.matchesByGIoU)),
        "f1_iou": .number(outcome.f1),
        "correct_iou": .boolean(outcome.isCorrect),
        "correct_giou": .boolean(outcome.isCorrectByGIoU),
        "ch_pred_hits": .integer(Int64(outcome.centredPredictions)),
        "ch_gt_hits": .integer(Int64(outcome.reachedTruths)),
        "ch_gt_hits_twoway": .integer(Int64(outcome.centredTruths)),
        "ch_one2one_tp": .integer(Int64(outcome.centredPairs)),
        "mask_inter": .number(outcome.sharedArea), "mask_union": .number(outcome.unionArea),
        "mask_iou": outcome.maskIoU.map { .number($0) } ?? .null,
      ]
      try expect(mine, equals: #require(vector["expected"]), "\(vector["id"]?.string ?? "?")")
    }
  }

  @Test func `agree on sets of phrases`() throws {
    let cases = try #require(vectors["cases"]?.array)
    let sets = try #require(vectors["dataset"]?["subsets"]?.array)
    #expect(sets.count == 6)
    for set in sets {
      let ids = Set(try #require(set["ids"]?.array).compactMap(\.string))
      let chosen = cases.filter { ids.contains($0["id"]?.string ?? "") }
      let metrics = try PhraseMetrics(of: chosen.map { try Phrase(vector: $0) })
      try expect(metrics.json, equals: #require(set["expected"]), "\(ids.sorted())")
    }
    let all = try PhraseMetrics(of: cases.map { try Phrase(vector: $0) })
    try expect(all.json, equals: #require(vectors["dataset"]?["all"]), "all")
  }

  @Test func `agree on the dispersion of boxes`() throws {
    let cases = try #require(vectors["dispersion"]?.array)
    #expect(cases.count == 12)
    for (index, vector) in cases.enumerated() {
      let dispersion = try Dispersion(of: rectangles(vector["boxes"]))
      let mine: JSON = [
        "n": .integer(Int64(dispersion.boxes)),
        "sds": .number(try #require(dispersion.score)),
        "avg_area": .number(try #require(dispersion.meanArea)),
      ]
      try expect(mine, equals: #require(vector["expected"]), "\(index)")
    }
  }

  @Test func `agree on which boxes are entailed`() throws {
    let cases = try #require(vectors["radfact_boxes"]?.array)
    #expect(cases.count == 60)
    for (index, vector) in cases.enumerated() {
      let boxes = try rectangles(vector["boxes"])
      let evidence = try rectangles(vector["evidence"])
      let claimed = RadFact.pixels(of: boxes)
      let mine: JSON = [
        "entailed": .boolean(RadFact.isEntailed(boxes, by: evidence)),
        "pred_pixels": .integer(Int64(claimed.count { $0 })),
        "shared_pixels": .integer(
          Int64(zip(claimed, RadFact.pixels(of: evidence)).count { $0 && $1 })),
      ]
      try expect(mine, equals: #require(vector["expected"]), "\(index)")
    }
  }

  @Test func `agree on RadFact's numbers`() throws {
    let sets = try #require(vectors["radfact"]?.array)
    #expect(sets.count == 12)
    for (index, set) in sets.enumerated() {
      let samples = try #require(set["samples"]?.array)
      let candidates = try samples.map { try RadFact.fractions(of: phrases($0["candidate"])) }
      let references = try samples.map { try RadFact.fractions(of: phrases($0["reference"])) }
      for (sample, truth) in try #require(set["expected"]?["per_sample"]?.array).enumerated() {
        let mine: JSON = [
          "candidate": candidates[sample].json, "reference": references[sample].json,
        ]
        try expect(mine, equals: truth, "\(index), sample \(sample)")
      }
      let precision = RadFact.mean(of: candidates)
      let recall = RadFact.mean(of: references)
      let f1 = RadFact.f1(precision: precision, recall: recall)
      let expected = try #require(set["expected"]?["dataset"])
      for kind in ["logical", "grounding", "spatial"] {
        let mine: JSON = [
          "precision": precision.json[kind] ?? .null, "recall": recall.json[kind] ?? .null,
          "f1": f1.json[kind] ?? .null,
        ]
        try expect(mine, equals: #require(expected[kind]), "\(index), \(kind)")
      }
    }
  }

  private func phrases(_ json: JSON?) throws -> [RadFact.Phrase] {
    try #require(json?.array).map { phrase in
      let boxes = try #require(phrase["boxes"])
      return RadFact.Phrase(
        isEntailed: try #require(phrase["entailed"]?.boolean as Bool?),
        boxes: boxes.isNull ? nil : try rectangles(boxes),
        evidence: try rectangles(phrase["evidence_boxes"]))
    }
  }

  /// Every number of the reference is there and no further away than the tolerance.
  private func expect(_ mine: JSON, equals truth: JSON, _ place: String) throws {
    guard let members = truth.members else {
      if let number = truth.number {
        let value = try #require(mine.number, "\(place): \(mine)")
        #expect(abs(value - number) <= tolerance, "\(place): \(value), not \(number)")
      } else {
        #expect(mine == truth, "\(place)")
      }
      return
    }
    for member in members {
      let value = try #require(mine[member.name], "\(place).\(member.name)")
      try expect(value, equals: member.value, "\(place).\(member.name)")
    }
  }
}

extension RadFact.Scores {
  fileprivate var json: JSON {
    func number(_ value: Double?) -> JSON { value.map { .number($0) } ?? .null }
    return [
      "logical": number(logical), "grounding": number(grounding), "spatial": number(spatial),
    ]
  }
}
