internal import Seeds

/// Whether one grounder is better than another on the same phrases.
public struct PairedComparison: Hashable, Sendable {
  /// One metric of both.
  public struct Difference: Hashable, Sendable {
    /// First minus second, in percent points.
    public let value: Double
    /// Of 95 %, by a paired bootstrap: both are measured on the same draws.
    public let interval: Interval?
    /// Two-sided, by a permutation test: each phrase's results are swapped with probability ½, and
    /// p = (1 + rounds with a difference as large) / (1 + rounds) (Phipson and Smyth, 2010).
    public let p: Double
  }

  public let rounds: Int
  public let seed: UInt64
  private let differences: [Difference?]

  /// - Parameter first, second: outcomes of the same phrases in the same order.
  public init(_ first: [PhraseOutcome], _ second: [PhraseOutcome], rounds: Int, seed: UInt64) {
    precondition(
      first.count == second.count && !first.isEmpty && rounds > 0,
      "\(first.count) and \(second.count) phrases, \(rounds) rounds")
    self.rounds = rounds
    self.seed = seed
    let observed = Self.differences(PhraseMetrics(of: first), PhraseMetrics(of: second))
    var drawn = [[Double]](repeating: [], count: observed.count)
    var asLarge = [Int](repeating: 0, count: observed.count)
    var random = SeededNumbers(seed: seed)
    for _ in 0..<rounds {
      for (index, value) in Self.resampled(first, second, &random).enumerated() {
        if let value { drawn[index].append(value) }
      }
      for (index, value) in Self.swapped(first, second, &random).enumerated() {
        guard let value, let difference = observed[index] else { continue }
        // Sums in another order may differ by their rounding.
        if abs(value) >= abs(difference) - 1e-9 { asLarge[index] += 1 }
      }
    }
    differences = observed.indices.map { index in
      observed[index].map { value in
        Difference(
          value: value, interval: Interval(of: drawn[index]),
          p: Double(1 + asLarge[index]) / Double(1 + rounds))
      }
    }
  }

  /// Nil where the metric is not defined.
  public subscript(group: PhraseGroup, metric: PhraseMetric) -> Difference? {
    differences[MetricPlace.index(group, metric)]
  }

  private static func resampled(
    _ first: [PhraseOutcome], _ second: [PhraseOutcome], _ random: inout SeededNumbers
  ) -> [Double?] {
    var sums = (PhraseTally(), PhraseTally())
    for _ in first.indices {
      let phrase = random.below(first.count)
      sums.0.add(first[phrase])
      sums.1.add(second[phrase])
    }
    return differences(PhraseMetrics(sums.0), PhraseMetrics(sums.1))
  }

  private static func swapped(
    _ first: [PhraseOutcome], _ second: [PhraseOutcome], _ random: inout SeededNumbers
  ) -> [Double?] {
    var sums = (PhraseTally(), PhraseTally())
    for phrase in first.indices {
      let isSwapped = random.next() >> 63 == 1
      sums.0.add(isSwapped ? second[phrase] : first[phrase])
      sums.1.add(isSwapped ? first[phrase] : second[phrase])
    }
    return differences(PhraseMetrics(sums.0), PhraseMetrics(sums.1))
  }

  private static func differences(_ first: PhraseMetrics, _ second: PhraseMetrics) -> [Double?] {
    MetricPlace.all.map { place in
      guard let one = first[place.group][place.metric],
        let other = second[place.group][place.metric]
      else { return nil }
      return one - other
    }
  }
}
