internal import JSON

extension Entailment {
  /// Most quotations that an answer is read with.
  static let quotesMax = 100

  /// What a language model's answer comes to: `{"phrase", "status", "evidence": […]}`, whatever
  /// stands around it.
  ///
  /// Entailment needs evidence (SPEC §5.2). An answer that does not fit is a failure, not an error.
  public init(answer: String, to query: EntailmentQuery) {
    do throws(Failure) {
      self = try Self.read(Self.object(in: answer), query)
    } catch {
      self.init(failure: error)
    }
  }

  private static func read(
    _ answer: JSON, _ query: EntailmentQuery
  ) throws(Failure) -> Entailment {
    let isRewritten = answer["phrase"]?.string != query.hypothesis
    switch answer["status"]?.string?.lowercased() {
    case "entailment": break
    // The three-way words of natural-language inference mean the same here.
    case "not_entailment", "neutral", "contradiction":
      return Entailment(evidence: [], isRewritten: isRewritten)
    default: throw .noStatus
    }
    let quotes = try quotes(answer["evidence"])
    guard !quotes.isEmpty else { throw .noEvidence }
    let places = quotes.compactMap { EvidenceMatch.place(of: $0, in: query.reference) }
    guard !places.isEmpty else { throw .foreignEvidence }
    return Entailment(evidence: places, isRewritten: isRewritten)
  }

  private static func quotes(_ evidence: JSON?) throws(Failure) -> [String] {
    guard let evidence, !evidence.isNull else { return [] }
    if let quote = evidence.string { return quote.isEmpty ? [] : [quote] }
    guard let elements = evidence.array, elements.count <= quotesMax else { throw .badEvidence }
    let quotes = elements.compactMap(\.string)
    guard quotes.count == elements.count else { throw .badEvidence }
    return quotes.filter { !$0.isEmpty }
  }

  /// The object from the first brace to the last one; what a model thinks aloud before does not count.
  private static func object(in answer: String) throws(Failure) -> JSON {
    var bytes = Array(answer.utf8)[...]
    let end = Array("</think>".utf8)
    if let thought = bytes.ranges(of: end).last { bytes = bytes[thought.upperBound...] }
    guard let first = bytes.firstIndex(of: UInt8(ascii: "{")),
      let last = bytes.lastIndex(of: UInt8(ascii: "}")), first < last,
      let json = try? JSON(parsing: bytes[first...last]),  // whatever is wrong, it is no answer
      json.members != nil
    else { throw .notJSON }
    return json
  }
}
