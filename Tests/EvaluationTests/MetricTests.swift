import Boxes
import JSON
import Testing

@testable import Evaluation

@Suite struct `Metrics of phrases` {
  private let left = rectangle(0.1, 0.1, 0.5, 0.5)
  private let right = rectangle(0.6, 0.1, 1, 0.5)

  private func phrase(_ truth: [Rectangle], _ found: [Rectangle]) -> Phrase {
    Phrase(truth: truth, predictions: found.map { Prediction(box: $0, confidence: 0.9) })
  }

  @Test func `come out as in the specification's worked set`() throws {
    let metrics = PhraseMetrics(of: [
      phrase([left], [left]), phrase([], []), phrase([], [left]), phrase([left, right], [left]),
    ])
    #expect(metrics.no.noAccuracy == 50)
    #expect(metrics.overall.noAccuracy == 50)
    #expect(PhraseGroup.allCases.map { metrics[$0].correct } == [50, 100, 0, 50])
    #expect(abs(try #require(metrics.overall.centreHits) - 200 / 3) < 1e-9)
    #expect(metrics.overall.maskAccuracy == 100)
    #expect(PhraseGroup.allCases.map { metrics[$0].phrases } == [2, 1, 1, 4])
  }

  @Test func `are null where a group does not define them`() {
    let none = PhraseMetrics(of: [Phrase]())
    for metric in PhraseMetric.allCases { #expect(none.overall[metric] == nil) }
    let absent = PhraseMetrics(of: [phrase([], [])])
    #expect(absent.overall.meanMaskIoU == nil && absent.overall.maskAccuracy == nil)
    #expect(absent.json["single"]?["p_f1"] == .some(.null))
    #expect(PhraseMetrics(of: [phrase([left], [])]).overall.noAccuracy == nil)
  }

  @Test func `give the same for boxes in single precision`() throws {
    let box = try #require(BoundingBox(left: 0.25, top: 0, right: 0.5, bottom: 1))
    let single = Phrase(
      truth: [box], predictions: [ScoredBox(box: box, confidence: 0.5)], category: "Edema")
    let same = rectangle(0.25, 0, 0.5, 1)
    #expect(
      single
        == Phrase(
          truth: [same], predictions: [Prediction(box: same, confidence: 0.5)], category: "Edema"))
  }

  @Test func `know unions exactly, however boxes lie`() {
    for phrase in randomPhrases(300, seed: 3) {
      let boxes = phrase.truth + phrase.predictions.map(\.box)
      // All sides are multiples of 1/32, so a raster of 32 × 32 is exact.
      let pixels = RadFact.pixels(of: boxes, side: 32).count { $0 }
      #expect(unionArea(of: boxes) == Double(pixels) / 1_024)
    }
  }

  @Test func `are gathered by category, the best first`() throws {
    let phrases = randomPhrases(90, seed: 5)
    let categories = CategoryMetrics.all(of: phrases, phrases.map { PhraseOutcome($0) })
    #expect(Set(categories.map(\.category)) == ["Edema", "Pneumonia"])
    #expect(try #require(categories[0].metrics.correct) >= #require(categories[1].metrics.correct))
    for category in categories {
      let own = phrases.filter { $0.category == category.category }
      #expect(category.metrics == PhraseMetrics(of: own).overall)
      #expect(category.dispersion == Dispersion(of: own.flatMap(\.truth)))
    }
  }
}

@Suite struct `Post-processing` {
  private let near = [
    Prediction(box: rectangle(0, 0, 0.5, 0.5), confidence: 0.9),
    Prediction(box: rectangle(0, 0, 0.5, 0.25), confidence: 0.8),
    Prediction(box: rectangle(0.5, 0.5, 1, 1), confidence: 0.79),
  ]

  @Test func `leaves boxes as they are, keeps the threshold itself, and fuses what is kept`() {
    #expect(PostProcessing()(near) == near)
    #expect(PostProcessing(threshold: 0.8)(near) == Array(near.prefix(2)))
    let fused = PostProcessing(threshold: 0.8, fusionIoU: 0.1)(near)
    #expect(fused.count == 1)
    #expect(abs(fused[0].confidence - 0.85) < 1e-6)
    #expect(PostProcessing(fusionIoU: 0.5)(near).count == 3)
  }
}
