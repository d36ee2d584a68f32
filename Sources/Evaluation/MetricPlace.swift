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
