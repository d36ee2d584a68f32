internal import JSON
internal import Reports

/// Verdicts of one model with one prompt, kept as JSON lines:
/// `{"key", "model", "phrase", "status", "evidence": […], "evidence_indices": […], "rewritten",
/// "failure"}`.
///
/// A file may hold those of several models and prompts: the key is the SHA-256 of model, prompt
/// and query.
public struct VerdictCache: Sendable {
  /// A file that holds something else.
  public struct Failure: Error, Hashable, CustomStringConvertible {
    /// From 1.
    public let line: Int

    public var description: String {
      "line \(line) is no verdict. Delete that line, or name another file for --verdicts."
    }
  }

  private let model: String
  private let prompt: String
  private var known: [String: Entailment] = [:]

  /// - Parameter prompt: its digest.
  public init(model: String, prompt: String) {
    self.model = model
    self.prompt = prompt
  }

  /// Takes in a file's contents.
  ///
  /// - Returns: bytes of whole lines; what a killed program left behind them is to be cut off.
  public mutating func read(_ contents: [UInt8]) throws(Failure) -> Int {
    do throws(KeyedLines.Failure) {
      return try KeyedLines.read(contents) { key, line in
        guard let verdict = Self.verdict(line) else { return false }
        known[key] = verdict
        return true
      }
    } catch {
      throw Failure(line: error.line)
    }
  }

  /// The verdict on a query; nil when it is not known.
  public subscript(query: EntailmentQuery) -> Entailment? {
    guard let verdict = known[key(of: query)],
      verdict.evidence.last ?? 0 < query.reference.count
    else { return nil }
    return verdict
  }

  /// Remembers a verdict.
  ///
  /// - Returns: the line for the file, with its line feed.
  public mutating func keep(_ verdict: Entailment, on query: EntailmentQuery) -> [UInt8] {
    let key = key(of: query)
    known[key] = verdict
    let line: JSON = [
      "key": .string(key), "model": .string(model), "phrase": .string(query.hypothesis),
      "status": .string(verdict.status.rawValue),
      "evidence": .array(verdict.evidence.map { .string(query.reference[$0]) }),
      "evidence_indices": .array(verdict.evidence.map { .integer(Int64($0)) }),
      "rewritten": .boolean(verdict.isRewritten),
      "failure": .string(orNull: verdict.failure?.rawValue),
    ]
    return line.bytes + [UInt8(ascii: "\n")]
  }

  private func key(of query: EntailmentQuery) -> String {
    let parts: JSON = [.string(model), .string(prompt), query.json]
    return SHA256.hex(of: parts.bytes)
  }

  private static func verdict(_ json: JSON) -> Entailment? {
    guard let status = json["status"]?.string.flatMap(Entailment.Status.init),
      let isRewritten = json["rewritten"]?.boolean,
      let indices = json["evidence_indices"]?.array
    else { return nil }
    if let word = json["failure"]?.string {
      return Entailment.Failure(rawValue: word).map { Entailment(failure: $0) }
    }
    let evidence = indices.compactMap { $0.integer.flatMap { Int(exactly: $0) } }
    let verdict = Entailment(evidence: evidence, isRewritten: isRewritten)
    let isSound = evidence.count == indices.count && evidence.allSatisfy { $0 >= 0 }
    return isSound && verdict.status == status ? verdict : nil
  }
}
