public import JSON

/// One sentence of a report, to be held against all sentences of the other report.
public struct EntailmentQuery: Hashable, Sendable {
  public let hypothesis: String
  /// In the order of the report; not empty.
  public let reference: [String]

  public init(hypothesis: String, reference: [String]) {
    precondition(!reference.isEmpty, "nothing can be evidence")
    self.hypothesis = hypothesis
    self.reference = reference
  }

  /// What a language model is shown: `{"reference": […], "hypothesis"}`.
  public var json: JSON {
    [
      "reference": .array(reference.map { .string($0) }), "hypothesis": .string(hypothesis),
    ]
  }
}
