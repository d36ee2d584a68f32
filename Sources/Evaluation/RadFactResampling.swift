internal import Seeds

extension RadFact {
  /// How a number spreads over resampled data sets.
  public struct Spread: Hashable, Sendable {
    /// Mean and standard deviation.
    public let mean, deviation: Double
    /// Percentiles 2.5, 25, 50, 75 and 97.5, interpolated between two values.
    public let percentiles: [Double]

    /// The shares that `percentiles` are of.
    public static let shares = [0.025, 0.25, 0.5, 0.75, 0.975]

    /// Nil without values.
    init?(of values: [Double]) {
      guard !values.isEmpty else { return nil }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      self.mean = mean
      deviation = variance.squareRoot()
      let sorted = values.sorted()
      percentiles = Self.shares.map { percentile($0, of: sorted) }
    }
  }

  /// How far each number would move with other reports (bootstrap; Efron, 1979).
  ///
  /// A draw takes as many reports as there are, with replacement.
  public struct Resampling: Hashable, Sendable {
    public let draws: Int
    public let seed: UInt64
    private let spreads: [Metric: Spread]

    /// - Parameter samples: not empty.
    public init(of samples: [Sample], draws: Int, seed: UInt64) {
      precondition(draws > 0 && !samples.isEmpty, "\(draws) draws of \(samples.count)")
      self.draws = draws
      self.seed = seed
      var random = SeededNumbers(seed: seed)
      var values: [Metric: [Double]] = [:]
      for _ in 0..<draws {
        let summary = Summary(of: samples.map { _ in samples[random.below(samples.count)] })
        for metric in Metric.allCases {
          if let value = summary[metric] { values[metric, default: []].append(value) }
        }
      }
      spreads = values.compactMapValues { Spread(of: $0) }
    }

    /// Nil where no draw defines the number.
    public subscript(metric: Metric) -> Spread? { spreads[metric] }
  }
}
