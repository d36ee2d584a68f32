internal import Synchronization

/// The numbers that a program shows, in Prometheus' text format (version 0.0.4).
///
/// Families are declared once, at start; what they give out (`Counter`, `Gauge`, `Histogram`) is kept
/// by whoever counts, so counting takes no lookup.
public final class Metrics: Sendable {
  /// The content type of `exposition()`.
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private let families = Mutex<[any Exposable]>([])
  private let refreshers = Mutex<[@Sendable () -> Void]>([])

  public init() {}

  /// A number that only grows.
  public func counter(_ name: String, _ help: String) -> Counter {
    counters(name, help, labels: [])[]
  }

  /// Counters, one for each set of label values.
  public func counters(_ name: String, _ help: String, labels: [String]) -> MetricFamily<Counter> {
    add(MetricFamily(name: name, help: help, labels: labels) { Counter() })
  }

  /// A number that only grows and is counted elsewhere.
  public func reading(_ name: String, _ help: String) -> Reading {
    add(MetricFamily(name: name, help: help, labels: []) { Reading() })[]
  }

  /// A number that goes up and down.
  public func gauge(_ name: String, _ help: String) -> Gauge { gauges(name, help, labels: [])[] }

  /// Gauges, one for each set of label values.
  public func gauges(_ name: String, _ help: String, labels: [String]) -> MetricFamily<Gauge> {
    add(MetricFamily(name: name, help: help, labels: labels) { Gauge() })
  }

  /// Observations counted in buckets.
  /// - Parameter bounds: the buckets' upper ends, rising; the bucket without end is added.
  public func histogram(_ name: String, _ help: String, bounds: [Double]) -> Histogram {
    histograms(name, help, labels: [], bounds: bounds)[]
  }

  /// Histograms, one for each set of label values.
  public func histograms(
    _ name: String, _ help: String, labels: [String], bounds: [Double]
  ) -> MetricFamily<Histogram> {
    add(MetricFamily(name: name, help: help, labels: labels) { Histogram(bounds: bounds) })
  }

  /// `refresh` runs before every exposition, for numbers that are looked up rather than counted.
  public func beforeExposition(_ refresh: @escaping @Sendable () -> Void) {
    refreshers.withLock { $0.append(refresh) }
  }

  /// All families with their present values.
  public func exposition() -> String {
    for refresh in refreshers.withLock({ $0 }) { refresh() }
    var text = ""
    for family in families.withLock({ $0 }) { family.expose(to: &text) }
    return text
  }

  private func add<Series>(_ family: MetricFamily<Series>) -> MetricFamily<Series> {
    families.withLock { present in
      precondition(
        !present.contains { $0.name == family.name }, "two families called \(family.name)")
      present.append(family)
    }
    return family
  }
}

/// A family without its type, as the registry keeps it.
protocol Exposable: Sendable {
  var name: String { get }
  func expose(to text: inout String)
}
