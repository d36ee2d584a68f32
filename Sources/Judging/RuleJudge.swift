/// A stand-in for a language model: words, sides and negation, compared by rules.
///
/// A sentence of the reference bears out a hypothesis when both deny or both do not, when it has
/// at least 60 % of the hypothesis's words (those that carry meaning, in the singular), and all
/// of its sides. It knows no synonyms and no anatomy: its numbers are not RadFact's.
public struct RuleJudge: Judge {
  /// Share of the hypothesis's words that have to be found.
  private static let shareMin = 0.6

  public let name = "rules (not RadFact's judge)"

  public init() {}

  public func verdict(on query: EntailmentQuery) async throws(JudgeError) -> Entailment {
    verdict(query)
  }

  /// The same at once.
  func verdict(_ query: EntailmentQuery) -> Entailment {
    let hypothesis = ReportWords(query.hypothesis)
    return Entailment(
      evidence: query.reference.indices.filter { place in
        Self.isBorneOut(hypothesis, by: ReportWords(query.reference[place]))
      })
  }

  private static func isBorneOut(_ hypothesis: ReportWords, by sentence: ReportWords) -> Bool {
    guard !hypothesis.words.isEmpty, hypothesis.isNegated == sentence.isNegated,
      hypothesis.sides.isSubset(of: sentence.sides)
    else { return false }
    let shared = hypothesis.words.intersection(sentence.words).count
    return Double(shared) >= shareMin * Double(hypothesis.words.count)
  }
}
