/// Who decides whether a report bears out a sentence.
public protocol Judge: Sendable {
  /// As results name it; anything but RadFact's kind of judge says so.
  var name: String { get }

  /// The verdict on one query. An answer that is none is a verdict too: `Entailment.failure`.
  func verdict(on query: EntailmentQuery) async throws(JudgeError) -> Entailment
}
