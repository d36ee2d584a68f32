import Testing

@testable import Evaluation

@Suite struct `Resampling` {
  private let outcomes = randomPhrases(200, seed: 1).map { PhraseOutcome($0) }
  /// The same phrases, of which nothing is found.
  private let misses = randomPhrases(200, seed: 1).map {
    PhraseOutcome(Phrase(truth: $0.truth, predictions: []))
  }

  @Test func `is repeated by its seed`() {
    let first = Bootstrap(of: outcomes, draws: 50, seed: 1)
    #expect(first == Bootstrap(of: outcomes, draws: 50, seed: 1))
    #expect(first != Bootstrap(of: outcomes, draws: 50, seed: 2))
    let comparison = PairedComparison(outcomes, misses, rounds: 20, seed: 1)
    #expect(comparison == PairedComparison(outcomes, misses, rounds: 20, seed: 1))
  }

  @Test func `encloses what was measured`() throws {
    let metrics = PhraseMetrics(of: outcomes)
    let bootstrap = Bootstrap(of: outcomes, draws: 400, seed: 1)
    for group in PhraseGroup.allCases {
      for metric in PhraseMetric.allCases {
        guard let value = metrics[group][metric] else {
          #expect(bootstrap[group, metric] == nil)
          continue
        }
        let interval = try #require(bootstrap[group, metric])
        #expect(interval.low <= value && value <= interval.high, "\(group) \(metric)")
      }
    }
  }

  @Test func `has the width that a share's standard error tells`() throws {
    let hits = (0..<400).map { index in
      PhraseOutcome(
        Phrase(
          truth: [],
          predictions: index % 2 == 0
            ? [] : [Prediction(box: rectangle(0, 0, 1, 1), confidence: 1)]))
    }
    let interval = try #require(Bootstrap(of: hits, draws: 2_000, seed: 1)[.no, .noAccuracy])
    // 2 · 1.96 · √(0.5 · 0.5 / 400) = 9.8 percent points
    #expect(abs(interval.high - interval.low - 9.8) < 1)
  }

  @Test func `finds no difference between the same, and one between hits and misses`() throws {
    let same = PairedComparison(outcomes, outcomes, rounds: 100, seed: 1)
    for group in PhraseGroup.allCases {
      for metric in PhraseMetric.allCases {
        guard let difference = same[group, metric] else { continue }
        #expect(difference.value == 0 && difference.p == 1)
        #expect(difference.interval?.low == 0 && difference.interval?.high == 0)
      }
    }
    let other = PairedComparison(outcomes, misses, rounds: 99, seed: 1)
    let hits = try #require(other[.overall, .centreHits])
    #expect(hits.value > 0 && hits.p == 0.01)
    #expect(other[.overall, .noAccuracy].map { $0.value < 0 } == true)
  }

  @Test func `interpolates percentiles`() throws {
    let interval = try #require(Interval(of: (0...100).map { Double($0) }.reversed()))
    #expect(abs(interval.low - 2.5) < 1e-9 && abs(interval.high - 97.5) < 1e-9)
    #expect(Interval(of: []) == nil)
  }
}

@Suite struct `The sweep` {
  private let phrases = randomPhrases(60, seed: 4)

  @Test func `measures each point as it would be by itself`() {
    let sweep = Sweep(of: phrases, thresholds: [0.2, 0.6], fusionIoUs: [nil, 0.1])
    #expect(sweep.points.map(\.threshold) == [0.2, 0.6, 0.2, 0.6])
    #expect(sweep.fusionIoUs == [nil, 0.1])
    for point in sweep.points {
      let process = PostProcessing(threshold: point.threshold, fusionIoU: point.fusionIoU)
      #expect(point.metrics == PhraseMetrics(of: phrases.map { process($0) }))
    }
  }

  @Test func `names the first point of the best centre-hit F1`() {
    let sweep = Sweep(of: phrases)
    let scores = sweep.points.map { $0.metrics.overall.centreHits ?? 0 }
    #expect(sweep.points.firstIndex(of: sweep.best) == scores.firstIndex(of: scores.max() ?? 0))
    #expect(sweep.points.count == Sweep.thresholds.count * Sweep.fusionIoUs.count)
  }
}

@Suite struct `Calibration of scores` {
  private let box = rectangle(0, 0, 0.5, 0.5)

  @Test func `is the mean distance of confidence and truth`() throws {
    let phrases = [
      Phrase(truth: [box], predictions: [Prediction(box: box, confidence: 0.95)]),
      Phrase(truth: [], predictions: [Prediction(box: box, confidence: 0.95)]),
      Phrase(truth: [], predictions: [Prediction(box: box, confidence: 0.25)]),
      Phrase(truth: [box], predictions: [Prediction(box: box, confidence: 1)]),
    ]
    let calibration = Calibration(of: phrases, rule: .overlap)
    #expect(calibration.bins.map(\.boxes) == [0, 0, 1, 0, 0, 0, 0, 0, 0, 3])
    // |0 − 0.25| · 1/4 + |2/3 − 2.9/3| · 3/4
    #expect(abs(try #require(calibration.expectedError) - (0.0625 + 0.225)) < 1e-9)
    #expect(Calibration(of: [Phrase](), rule: .centre).expectedError == nil)
  }

  @Test func `knows a centre hit from an overlap`() {
    let small = rectangle(0.2, 0.2, 0.3, 0.3)
    let phrase = Phrase(truth: [box], predictions: [Prediction(box: small, confidence: 0.5)])
    #expect(Calibration(of: [phrase], rule: .centre).bins[5].right == 1)
    #expect(Calibration(of: [phrase], rule: .overlap).bins[5].right == 0)
  }
}
