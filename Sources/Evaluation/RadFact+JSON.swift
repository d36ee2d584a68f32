public import JSON

extension RadFact.Summary {
  /// By RadFact's keys; fractions, null where undefined.
  public var members: [JSON.Member] {
    let numbers = RadFact.Metric.allCases.map { metric in
      JSON.Member(metric.rawValue, self[metric].map { .number($0) } ?? .null)
    }
    return numbers + [
      .init("num_candidate_phrases", .number(candidatePhrases)),
      .init("num_reference_phrases", .number(referencePhrases)),
      .init("num_candidate_phrases_with_boxes", .number(candidateBoxed)),
      .init("num_reference_phrases_with_boxes", .number(referenceBoxed)),
      .init("num_samples", .integer(Int64(samples))),
    ]
  }
}

extension RadFact.Resampling {
  /// `{"draws", "seed", "logical_precision": {"mean", "stderr", "p2.5th", …}, …}`, null where
  /// undefined.
  public var json: JSON {
    let facts: [JSON.Member] = [
      .init("draws", .integer(Int64(draws))),
      .init("seed", .integer(Int64(clamping: seed))),
    ]
    return .object(
      facts
        + RadFact.Metric.allCases.map { .init($0.rawValue, self[$0]?.json ?? .null) })
  }
}

extension RadFact.Spread {
  /// By RadFact's keys.
  fileprivate var json: JSON {
    let names = ["p2.5th", "p25th", "median", "p75th", "p97.5th"]
    return .object(
      [.init("mean", .number(mean)), .init("stderr", .number(deviation))]
        + zip(names, percentiles).map { .init($0, .number($1)) })
  }
}
