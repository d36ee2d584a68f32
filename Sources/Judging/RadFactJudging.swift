public import Datasets
public import Evaluation

/// Both directions of RadFact for some reports: which questions they raise, and what the answers
/// come to (SPEC §5).
public struct RadFactJudging: Sendable {
  private let examples: [RadFactExample]

  public init(_ examples: [RadFactExample]) { self.examples = examples }

  /// A query for each sentence and direction. A sentence that is held against a report without
  /// sentences raises none: nothing can bear it out.
  public var queries: [EntailmentQuery] {
    examples.flatMap { example in
      Self.queries(example.prediction, against: example.target)
        + Self.queries(example.target, against: example.prediction)
    }
  }

  /// The reports with their verdicts, in order.
  ///
  /// - Parameter verdicts: on every query.
  public func samples(_ verdicts: [EntailmentQuery: Entailment]) -> [RadFact.Sample] {
    examples.map { example in
      RadFact.Sample(
        candidate: Self.phrases(example.prediction, against: example.target, verdicts),
        reference: Self.phrases(example.target, against: example.prediction, verdicts))
    }
  }

  /// How the answers were, over sentences and both directions.
  public func tally(_ verdicts: [EntailmentQuery: Entailment]) -> JudgeTally {
    var tally = JudgeTally()
    for query in queries {
      guard let verdict = verdicts[query] else { continue }
      if verdict.failure == nil { tally.successes += 1 } else { tally.failures += 1 }
      if verdict.isRewritten { tally.rewrites += 1 }
    }
    return tally
  }

  private static func queries(
    _ report: [RadFactSentence], against other: [RadFactSentence]
  ) -> [EntailmentQuery] {
    guard !other.isEmpty else { return [] }
    let reference = other.map(\.text)
    return report.map { EntailmentQuery(hypothesis: $0.text, reference: reference) }
  }

  private static func phrases(
    _ report: [RadFactSentence], against other: [RadFactSentence],
    _ verdicts: [EntailmentQuery: Entailment]
  ) -> [RadFact.Phrase] {
    let queries = queries(report, against: other)
    return report.enumerated().map { index, sentence in
      let verdict = queries.isEmpty ? nil : verdicts[queries[index]]
      let evidence = (verdict?.evidence ?? []).flatMap { other[$0].boxes ?? [] }
      return RadFact.Phrase(
        isEntailed: verdict?.status == .entailment, boxes: sentence.boxes.map(rectangles),
        evidence: rectangles(evidence))
    }
  }

  /// Boxes without an area cover no pixel, and are left out.
  private static func rectangles(_ boxes: [RadFactBox]) -> [Rectangle] {
    boxes.compactMap {
      Rectangle(left: $0.left, top: $0.top, right: $0.right, bottom: $0.bottom)
    }
  }
}
