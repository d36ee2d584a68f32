public import JSON

extension GroupMetrics {
  /// `{"n": …, "n_acc": …, "p_f1": …, …}` in percent; null where a metric is not defined (SPEC §4).
  public var json: JSON {
    .object(
      [JSON.Member("n", .integer(Int64(phrases)))]
        + PhraseMetric.allCases.map { JSON.Member($0.rawValue, .number(orNull: self[$0])) })
  }
}

extension PhraseMetrics {
  /// `{"no": {…}, "single": {…}, "multi": {…}, "overall": {…}}`.
  public var json: JSON {
    .object(PhraseGroup.allCases.map { JSON.Member($0.rawValue, self[$0].json) })
  }
}

extension JSON {
  /// A number, or null.
  static func number(orNull value: Double?) -> JSON { value.map { .number($0) } ?? .null }
}
