import Judging
import Testing

@Suite struct `An answer` {
  private static let reference = [
    "Heart size is normal.", "Small left effusion - unchanged.", "No pneumothorax.",
  ]
  private let query = EntailmentQuery(hypothesis: "Left effusion.", reference: reference)

  private func verdict(_ answer: String) -> Entailment {
    Entailment(answer: answer, to: query)
  }

  private func answer(_ status: String, _ evidence: String) -> String {
    #"{"phrase": "Left effusion.", "status": "\#(status)", "evidence": \#(evidence)}"#
  }

  @Test func `names its evidence by the place in the reference`() {
    let found = verdict(answer("entailment", #"["Small left effusion - unchanged."]"#))
    #expect(found == Entailment(evidence: [1]))
    #expect(found.status == .entailment && !found.isRewritten && found.failure == nil)
  }

  @Test(arguments: [
    "SMALL  LEFT EFFUSION  unchanged", "small left effusion — unchanged !",
    "Small left effusion", "the small left effusion - unchanged",
  ])
  func `may quote loosely`(quote: String) {
    #expect(verdict(answer("entailment", "[\"\(quote)\"]")).evidence == [1])
  }

  @Test func `quotes the sentence with the longest piece in common, the first of equals`() {
    for (quote, place) in [("left-sided effusion", 1), ("Fracture of a clavicle.", 0)] {
      #expect(verdict(answer("entailment", "[\"\(quote)\"]")).evidence == [place])
    }
  }

  @Test func `quotes several sentences, each counted once`() {
    let quotes = #"["No pneumothorax", "Heart size is normal.", "no pneumothorax."]"#
    #expect(verdict(answer("entailment", quotes)).evidence == [0, 2])
    #expect(verdict(answer("entailment", #""No pneumothorax.""#)).evidence == [2])
  }

  @Test func `may stand among other text`() {
    let whole = answer("entailment", #"["No pneumothorax."]"#)
    for text in [
      "```json\n\(whole)\n```", "Here it is: \(whole) Done.",
      "<think>{\"status\": maybe}</think>\n\(whole)", "The set {x} matters. \(whole)",
      "{\"phrase\": 1} \(whole) {", "{{{ \(whole)", "{\"a\": \"}\\\"{\"} \(whole)",
    ] {
      #expect(verdict(text).evidence == [2], "\(text)")
    }
  }

  @Test(arguments: ["not_entailment", "NEUTRAL", "contradiction"])
  func `denies in any of three words, whatever it quotes`(status: String) {
    let found = verdict(answer(status, #"["No pneumothorax."]"#))
    #expect(found.status == .notEntailment && found.evidence.isEmpty && found.failure == nil)
  }

  @Test func `that rewords the sentence counts, and says so`() {
    let reworded = #"{"phrase":"Effusion.","status":"entailment","evidence":["No pneumothorax."]}"#
    #expect(verdict(reworded) == Entailment(evidence: [2], isRewritten: true))
    #expect(verdict(#"{"phrase":"","status":"not_entailment"}"#).isRewritten)
  }

  @Test(arguments: [
    ("", Entailment.Failure.notJSON), ("yes", .notJSON), ("{", .notJSON), ("}{", .notJSON),
    ("[1]", .notJSON), ("{\"status\": NaN}", .notJSON),
    (String(repeating: "{\"a\":", count: 5_000) + "}", .notJSON), ("{}", .noPhrase),
    (#"{"phrase": 1, "status": "entailment"}"#, .noPhrase),
    (#"{"phrase": "a"}"#, .noStatus), (#"{"phrase": "a", "status": true}"#, .noStatus),
    (#"{"phrase": "a", "status": "perhaps"}"#, .noStatus),
    (#"{"phrase": "a", "status": "entailment"}"#, .noEvidence),
    (#"{"phrase": "a", "status": "entailment", "evidence": [""]}"#, .noEvidence),
    (#"{"phrase": "a", "status": "entailment", "evidence": null}"#, .noEvidence),
    (#"{"phrase": "a", "status": "entailment", "evidence": [1]}"#, .badEvidence),
    (#"{"phrase": "a", "status": "entailment", "evidence": {}}"#, .badEvidence),
    (#"{"phrase": "a", "status": "entailment", "evidence": ["77"]}"#, .foreignEvidence),
    (#"{"phrase": "a", "status": "entailment", "evidence": [" . "]}"#, .foreignEvidence),
  ])
  func `that is none is no entailment`(answer: String, failure: Entailment.Failure) {
    let found = verdict(answer)
    #expect(found.failure == failure && found.status == .notEntailment && found.evidence.isEmpty)
  }

  @Test func `with endless evidence is none`() {
    let long = String(repeating: "No pneumothorax. ", count: 1_000)
    #expect(verdict(answer("entailment", "[\"\(long)\"]")).failure == .foreignEvidence)
    let many = "[" + Array(repeating: #""No pneumothorax.""#, count: 101).joined(separator: ",")
    #expect(verdict(answer("entailment", many + "]")).failure == .badEvidence)
  }
}

@Suite struct `The rules` {
  private let judge = RuleJudge()

  private func evidence(_ hypothesis: String, _ reference: String...) async throws -> [Int] {
    let query = EntailmentQuery(hypothesis: hypothesis, reference: reference)
    return try await judge.verdict(on: query).evidence
  }

  @Test func `find words again, whatever their number and case`() async throws {
    #expect(
      try await evidence("Nodule in the left lung.", "There are nodules in the LEFT lung") == [0])
    #expect(try await evidence("Large heart.", "No effusion.", "The heart is large.") == [1])
    #expect(try await evidence("Rib fracture.", "The heart is large.").isEmpty)
  }

  @Test func `tell sides apart`() async throws {
    #expect(try await evidence("Left effusion.", "Right effusion.").isEmpty)
    #expect(try await evidence("Left effusion.", "Bilateral effusions.") == [0])
    #expect(try await evidence("Bilateral effusions.", "Left effusion.").isEmpty)
    #expect(try await evidence("Effusion.", "Left effusion.") == [0])
    #expect(try await evidence("Left effusion.", "Effusion.").isEmpty)
  }

  @Test func `tell yes from no`() async throws {
    #expect(try await evidence("No pneumothorax.", "Pneumothorax.").isEmpty)
    #expect(try await evidence("Pneumothorax.", "No pneumothorax.").isEmpty)
    #expect(try await evidence("No pneumothorax.", "Lungs without pneumothorax.") == [0])
  }

  @Test func `bear nothing out that has no words`() async throws {
    #expect(try await evidence("", "No pneumothorax.").isEmpty)
    #expect(try await evidence("There is no.", "There is no.").isEmpty)
  }

  @Test func `say that they are not RadFact's judge`() {
    #expect(judge.name.contains("not RadFact's judge"))
  }
}
