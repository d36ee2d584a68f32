import Boxes
import Foundation
import JSON
import Learning
import Testing

/// The cases of `spec/loss_vectors.json`, and slopes against differences.
@Suite struct `The grounding loss` {
  @Test func `agrees with the reference`() throws {
    let file = try #require(
      Bundle.module.url(forResource: "loss_vectors", withExtension: "json", subdirectory: "Golden"))
    let json = try JSON(parsing: Array(Data(contentsOf: file)))
    let tolerance = try #require(json["tolerance"]?.number)
    let cases = try #require(json["cases"]?.array)
    #expect(cases.count == 40)
    for item in cases {
      let phrases = try #require(item["batch"]?.array)
      let answers = try phrases.map { try answer($0) }
      let targets = try phrases.map { try boxes($0["targets"]) }
      let expected = try #require(item["expected"])
      func near(_ value: Double, _ name: String) throws {
        let wanted = try #require(expected[name]?.number)
        #expect(abs(value - wanted) <= tolerance * max(1, abs(wanted)), "\(name)")
      }
      var loss = GroundingLoss()
      let value = loss(answers, targets)
      try near(value.terms.confidence, "conf")
      try near(value.terms.distance, "l1")
      try near(value.terms.overlap, "giou")
      try near(value.total, "total")
      let matches = expected["assign"]?.array?.map { phrase in
        phrase.array?.compactMap {
          $0.integer.map { Int($0) } ?? $0.array?.first?.integer.map(Int.init)
        }
      }
      #expect(matches?.count == phrases.count)
      loss.reduction = .mean
      let mean = loss(answers, targets)
      try near(mean.terms.confidence, "conf_mean")
      try near(mean.total, "total_conf_mean")
    }
  }

  @Test(arguments: GroundingLoss.Reduction.allCases)
  func `has the slopes of its differences`(reduction: GroundingLoss.Reduction) {
    var loss = GroundingLoss()
    loss.reduction = reduction
    var answers = [
      QueryOutputs(
        logits: [0.3, -1, 2], boxes: [0.4, 0.52, 0.33, 0.2, 0.7, 0.3, 0.2, 0.4, 0.1, 0.8, 0.1, 0.1]),
      QueryOutputs(
        logits: [0.1, 0.2, -3], boxes: [0.5, 0.5, 0.9, 0.8, 0.2, 0.2, 0.1, 0.1, 0.6, 0.3, 0.3, 0.3]),
    ]
    let targets = [
      [
        CenteredBox(left: 0.2, top: 0.35, right: 0.5, bottom: 0.65),
        CenteredBox(left: 0.55, top: 0.05, right: 0.9, bottom: 0.42),
      ],
      [CenteredBox(left: 0.01, top: 0.02, right: 0.2, bottom: 0.13)],
    ]
    let slopes = loss(answers, targets).slopes
    let step: Float = 1e-3
    func change(_ path: WritableKeyPath<QueryOutputs, [Float]>, _ phrase: Int, _ place: Int)
      -> Double
    {
      func total(_ offset: Float) -> Double {
        var moved = answers
        moved[phrase][keyPath: path][place] += offset
        return loss(moved, targets).total
      }
      return (total(step) - total(-step)) / Double(2 * step)
    }
    for phrase in answers.indices {
      for path in [\QueryOutputs.logits, \QueryOutputs.boxes] {
        for place in answers[phrase][keyPath: path].indices {
          let expected = change(path, phrase, place)
          let found = Double(slopes[phrase][keyPath: path][place])
          #expect(abs(found - expected) < 2e-3 * max(1, abs(expected)), "\(phrase) \(place)")
        }
      }
    }
    answers = []
    #expect(loss(answers, []).total == 0)
  }

  private func answer(_ json: JSON) throws -> QueryOutputs {
    let logits = try #require(json["logits"]?.array).compactMap { $0.number.map { Float($0) } }
    let boxes = try #require(json["boxes"]?.array).flatMap { box in
      (box.array ?? []).compactMap { $0.number.map { Float($0) } }
    }
    return QueryOutputs(logits: logits, boxes: boxes)
  }

  private func boxes(_ json: JSON?) throws -> [CenteredBox] {
    try #require(json?.array).map { box in
      let numbers = (box.array ?? []).compactMap { $0.number }
      try #require(numbers.count == 4)
      return CenteredBox(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
    }
  }
}
