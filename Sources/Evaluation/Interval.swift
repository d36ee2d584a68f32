/// The middle 95 % of some values.
public struct Interval: Hashable, Sendable {
  public let low, high: Double

  /// Nil without values. Percentiles between two values are interpolated.
  init?(of values: [Double]) {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    low = percentile(0.025, of: sorted)
    high = percentile(0.975, of: sorted)
  }
}

/// The value below which that share of rising values lies, interpolated between two of them.
///
/// - Parameter sorted: not empty.
func percentile(_ share: Double, of sorted: [Double]) -> Double {
  let place = share * Double(sorted.count - 1)
  let below = Int(place)
  let above = min(below + 1, sorted.count - 1)
  return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
}
