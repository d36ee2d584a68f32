/// How far each metric would move with other phrases: intervals of 95 % from the percentiles of
/// resampled sets (Efron, 1979).
///
/// A draw takes as many phrases as there are, with replacement. Phrases are drawn one by one, also
/// where several are of the same study.
public struct Bootstrap: Hashable, Sendable {
  public let draws: Int
  public let seed: UInt64
  private let intervals: [Interval?]

  public init(of outcomes: [PhraseOutcome], draws: Int, seed: UInt64) {
    precondition(draws > 0 && !outcomes.isEmpty, "\(draws) draws of \(outcomes.count)")
    self.draws = draws
    self.seed = seed
    var random = RandomDraws(seed: seed)
    var values = [[Double]](repeating: [], count: MetricPlace.all.count)
    for _ in 0..<draws {
      var sums = PhraseTally()
      for _ in outcomes.indices { sums.add(outcomes[random.index(below: outcomes.count)]) }
      let metrics = PhraseMetrics(sums)
      for (index, place) in MetricPlace.all.enumerated() {
        if let value = metrics[place.group][place.metric] { values[index].append(value) }
      }
    }
    intervals = values.map { Interval(of: $0) }
  }

  /// Nil where no draw defines the metric.
  public subscript(group: PhraseGroup, metric: PhraseMetric) -> Interval? {
    intervals[MetricPlace.index(group, metric)]
  }
}

/// The middle 95 % of some values.
public struct Interval: Hashable, Sendable {
  public let low, high: Double

  /// Nil without values. Percentiles between two values are interpolated.
  init?(of values: [Double]) {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    func percentile(_ share: Double) -> Double {
      let place = share * Double(sorted.count - 1)
      let below = Int(place)
      let above = min(below + 1, sorted.count - 1)
      return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
    }
    low = percentile(0.025)
    high = percentile(0.975)
  }
}

/// One number of all groups' metrics.
struct MetricPlace {
  let group: PhraseGroup
  let metric: PhraseMetric

  static let all = PhraseGroup.allCases.flatMap { group in
    PhraseMetric.allCases.map { MetricPlace(group: group, metric: $0) }
  }

  static func index(_ group: PhraseGroup, _ metric: PhraseMetric) -> Int {
    all.firstIndex { $0.group == group && $0.metric == metric } ?? 0
  }
}
