internal import Synchronization

/// Something that is shown under a family's name.
public protocol MetricSeries: AnyObject, Sendable {
  /// `counter`, `gauge` or `histogram`.
  static var kind: String { get }

  /// Appends the series' lines. `labels` is `name="value",…` without braces, or empty.
  func expose(_ name: String, labels: String, to text: inout String)
}

/// All series of one name: one for each set of label values.
///
/// Labels are few and bounded: once `seriesMax` sets of values are there, new ones are counted
/// together under `other`.
public final class MetricFamily<Series: MetricSeries>: Exposable {
  /// Sets of label values that a family tells apart.
  public static var seriesMax: Int { 200 }

  public let name: String
  private let help: String
  private let labels: [String]
  private let make: @Sendable () -> Series
  private let series = Mutex<[[String]: Series]>([:])

  init(
    name: String, help: String, labels: [String], make: @escaping @Sendable () -> Series
  ) {
    precondition(isMetricName(name), "“\(name)” is no name of a metric")
    precondition(labels.allSatisfy { isMetricName($0) && !$0.contains(":") }, "labels \(labels)")
    self.name = name
    self.help = help
    self.labels = labels
    self.make = make
  }

  /// The series with these label values, in the order in which the labels were declared.
  public subscript(values: String...) -> Series {
    precondition(values.count == labels.count, "\(name): \(values.count) of \(labels.count) labels")
    return series.withLock { present in
      if let known = present[values] { return known }
      let isFull = present.count >= Self.seriesMax
      let key = isFull ? labels.map { _ in "other" } : values
      if let known = present[key] { return known }
      let new = make()
      present[key] = new
      return new
    }
  }

  /// Shows the series with these label values no more, e.g. of a partition that went elsewhere.
  public func remove(_ values: String...) { series.withLock { $0[values] = nil } }

  func expose(to text: inout String) {
    text += "# HELP \(name) \(escapedHelp(help))\n# TYPE \(name) \(Series.kind)\n"
    let present = series.withLock { $0 }
    for (values, one) in present.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      let pairs = zip(labels, values).map { "\($0)=\"\(escapedLabel($1))\"" }
      one.expose(name, labels: pairs.joined(separator: ","), to: &text)
    }
  }
}

private func isMetricName(_ name: String) -> Bool {
  guard let first = name.utf8.first, !(48...57).contains(first) else { return false }
  return name.utf8.allSatisfy { byte in
    switch byte {
    case 48...57, 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: ":"): true
    default: false
    }
  }
}

private func escapedHelp(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

private func escapedLabel(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\"": result += "\\\""
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
