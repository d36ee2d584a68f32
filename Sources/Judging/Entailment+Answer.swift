internal import JSON

extension Entailment {
  /// Most quotations that an answer is read with.
  static let quotesMax = 100
  /// Most braces that open no object which an answer is read with: each takes a pass over it.
  private static let strayBracesMax = 100

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
    guard let phrase = answer["phrase"]?.string else { throw .noPhrase }
    let isRewritten = phrase != query.hypothesis
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

  /// The last object in an answer, whatever stands around it; what a model thinks aloud before its
  /// answer does not count.
  private static func object(in answer: String) throws(Failure) -> JSON {
    var rest = Array(answer.utf8)[...]
    let end = Array("</think>".utf8)
    if let thought = rest.ranges(of: end).last { rest = rest[thought.upperBound...] }
    var found: JSON?
    var strayBraces = 0
    while strayBraces < strayBracesMax, let first = rest.firstIndex(of: UInt8(ascii: "{")) {
      rest = rest[first...]
      let length = objectLength(rest)
      // Whatever is wrong with it, it is no answer.
      if let length, let json = try? JSON(parsing: rest.prefix(length)) {
        found = json
        rest = rest.dropFirst(length)
      } else {
        strayBraces += 1
        rest = rest.dropFirst()
      }
    }
    guard let found else { throw .notJSON }
    return found
  }

  /// Bytes up to the brace that closes the first one, braces within texts aside; nil without one.
  private static func objectLength(_ bytes: ArraySlice<UInt8>) -> Int? {
    var depth = 0
    var (isText, isEscaped) = (false, false)
    for (index, byte) in bytes.enumerated() {
      if isEscaped {
        isEscaped = false
      } else if isText {
        isEscaped = byte == UInt8(ascii: "\\")
        isText = byte != UInt8(ascii: "\"")
      } else {
        switch byte {
        case UInt8(ascii: "\""): isText = true
        case UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: "}"): depth -= 1
        default: break
        }
        if depth == 0 { return index + 1 }
      }
    }
    return nil
  }
}
