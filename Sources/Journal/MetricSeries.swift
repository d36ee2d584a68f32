internal import Synchronization

/// A number that only grows: events, bytes.
public final class Counter: MetricSeries {
  public static let kind = "counter"
  private let count = Atomic<Int>(0)

  init() {}

  /// The present count.
  public var value: Int { count.load(ordering: .relaxed) }

  /// Counts one event, or several at once.
  public func increment(by amount: Int = 1) {
    precondition(amount >= 0, "a counter grows; by \(amount) it would not")
    count.wrappingAdd(amount, ordering: .relaxed)
  }

  public func expose(_ name: String, labels: String, to text: inout String) {
    text += "\(name)\(braced(labels)) \(value)\n"
  }
}

/// A number that goes up and down: a queue's length, a lag.
public final class Gauge: MetricSeries {
  public static let kind = "gauge"
  private let bits = Atomic<UInt64>(0)

  init() {}

  /// The present value.
  public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

  /// Replaces the value.
  public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

  /// Replaces the value.
  public func set(_ value: Int) { set(Double(value)) }

  /// Adds to the value; negative amounts take away.
  public func add(_ amount: Double) {
    var old = bits.load(ordering: .relaxed)
    while true {
      let new = (Double(bitPattern: old) + amount).bitPattern
      let (isDone, seen) = bits.weakCompareExchange(
        expected: old, desired: new, ordering: .relaxed)
      if isDone { return }
      old = seen
    }
  }

  public func expose(_ name: String, labels: String, to text: inout String) {
    text += "\(name)\(braced(labels)) \(exposed(value))\n"
  }
}

/// A number that only grows and is counted elsewhere, such as processor time.
public final class Reading: MetricSeries {
  public static let kind = "counter"
  private let bits = Atomic<UInt64>(0)

  init() {}

  /// Takes over what the other count says.
  public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

  public func expose(_ name: String, labels: String, to text: inout String) {
    let value = Double(bitPattern: bits.load(ordering: .relaxed))
    text += "\(name)\(braced(labels)) \(exposed(value))\n"
  }
}

/// Observations counted in buckets with fixed bounds: seconds, sizes.
public final class Histogram: MetricSeries {
  public static let kind = "histogram"

  private struct State {
    var counts: [Int]
    var sum = 0.0
  }

  private let bounds: [Double]
  private let state: Mutex<State>

  init(bounds: [Double]) {
    precondition(!bounds.isEmpty && bounds.allSatisfy(\.isFinite), "bounds \(bounds)")
    precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds \(bounds) rise")
    self.bounds = bounds
    state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
  }

  /// Counts one observation; one that is not a number is left out.
  public func observe(_ value: Double) {
    guard !value.isNaN else { return }
    var bucket = 0
    while bucket < bounds.count && value > bounds[bucket] { bucket += 1 }
    state.withLock {
      $0.counts[bucket] += 1
      $0.sum += value
    }
  }

  /// Counts a duration, in seconds.
  public func observe(_ duration: Duration) { observe(duration / .seconds(1)) }

  /// Observations so far, and their sum.
  public var total: (count: Int, sum: Double) {
    state.withLock { ($0.counts.reduce(0, +), $0.sum) }
  }

  public func expose(_ name: String, labels: String, to text: inout String) {
    let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
    let others = labels.isEmpty ? "" : labels + ","
    var below = 0
    for (index, count) in counts.enumerated() {
      below += count
      let end = index < bounds.count ? exposed(bounds[index]) : "+Inf"
      text += "\(name)_bucket{\(others)le=\"\(end)\"} \(below)\n"
    }
    text += "\(name)_sum\(braced(labels)) \(exposed(sum))\n"
    text += "\(name)_count\(braced(labels)) \(below)\n"
  }
}

private func braced(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }

/// A number as Prometheus reads it; whole ones without a fraction.
private func exposed(_ value: Double) -> String {
  if value.isNaN { return "NaN" }
  if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
  if value.magnitude < 1e15 && value == value.rounded() { return String(Int64(value)) }
  return value.description
}
