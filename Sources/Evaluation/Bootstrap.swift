internal import Seeds

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
    var random = SeededNumbers(seed: seed)
    var values = [[Double]](repeating: [], count: MetricPlace.all.count)
    for _ in 0..<draws {
      var sums = PhraseTally()
      for _ in outcomes.indices { sums.add(outcomes[random.below(outcomes.count)]) }
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
