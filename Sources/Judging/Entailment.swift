/// A judge's verdict: whether the reference bears a hypothesis out, and with which sentences.
public struct Entailment: Hashable, Sendable {
  public enum Status: String, Hashable, Sendable {
    case entailment
    case notEntailment = "not_entailment"
  }

  /// Why an answer does not count: it is then as good as `notEntailment`.
  public enum Failure: String, Error, Hashable, Sendable {
    /// There is no JSON object in it.
    case notJSON = "not_json"
    /// It does not repeat the hypothesis, in whatever words.
    case noPhrase = "no_phrase"
    /// Its status is missing or unknown.
    case noStatus = "no_status"
    /// Its evidence is no list of sentences, or too long a one.
    case badEvidence = "bad_evidence"
    /// It says entailment, and quotes nothing.
    case noEvidence = "no_evidence"
    /// It says entailment, and quotes only what no sentence of the reference can be meant by.
    case foreignEvidence = "foreign_evidence"
    /// There is none: the endpoint refuses this question, and has answered others.
    case refused
  }

  public let status: Status
  /// Places in the reference, each once, rising; empty unless entailed.
  public let evidence: [Int]
  /// True when the answer repeats the hypothesis in other words.
  public let isRewritten: Bool
  /// Nil for an answer that counts.
  public let failure: Failure?

  /// - Parameter evidence: places in the reference; none means that it is not entailed.
  public init(evidence: [Int], isRewritten: Bool = false) {
    self.evidence = Set(evidence).sorted()
    status = evidence.isEmpty ? .notEntailment : .entailment
    self.isRewritten = isRewritten
    failure = nil
  }

  public init(failure: Failure) {
    status = .notEntailment
    evidence = []
    isRewritten = false
    self.failure = failure
  }
}
