/// How well the phrases of one category are grounded, and how its boxes lie (table of SPEC §7.4).
public struct CategoryMetrics: Hashable, Sendable {
  public let category: String
  /// Of all phrases of the category.
  public let metrics: GroupMetrics
  /// Of the annotated boxes.
  public let dispersion: Dispersion

  /// Every category that a phrase names, the best by P@F1 first.
  ///
  /// - Parameter outcomes: of the same phrases.
  public static func all(
    of phrases: [Phrase], _ outcomes: [PhraseOutcome]
  ) -> [CategoryMetrics] {
    var sums: [String: (tally: GroupTally, dispersion: Dispersion)] = [:]
    for (phrase, outcome) in zip(phrases, outcomes) {
      guard let category = phrase.category else { continue }
      sums[category, default: (GroupTally(), Dispersion())].tally.add(outcome)
      for box in phrase.truth { sums[category]?.dispersion.add(box) }
    }
    return sums.map { category, sums in
      CategoryMetrics(
        category: category, metrics: GroupMetrics(sums.tally), dispersion: sums.dispersion)
    }
    .sorted { ($1.metrics.correct ?? 0, $0.category) < ($0.metrics.correct ?? 0, $1.category) }
  }
}
