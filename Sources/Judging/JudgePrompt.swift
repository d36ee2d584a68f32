internal import JSON
internal import Reports

/// What a language model is told before a query: its duty, and examples with their answers.
public struct JudgePrompt: Hashable, Sendable {
  /// A query with the answer that it should have.
  struct Example: Hashable {
    let query: EntailmentQuery
    let status: Entailment.Status
    let evidence: [String]
  }

  let system: String
  let examples: [Example]
  /// SHA-256 of the file: another prompt gives other verdicts.
  public let digest: String

  /// Reads `{"system": text or list of paragraphs, "examples": [{"reference": […], "hypothesis",
  /// "status", "evidence": […]}…]}`.
  public init(parsing bytes: [UInt8]) throws(JudgeError) {
    let json: JSON
    do { json = try JSON(parsing: bytes) } catch {
      throw .badPrompt(reason: error.description)
    }
    let paragraphs = Self.texts(json["system"]) ?? json["system"]?.string.map { [$0] } ?? []
    system = paragraphs.joined(separator: "\n\n")
    guard !system.isEmpty else {
      throw .badPrompt(reason: "“system” is no text, nor a list of paragraphs")
    }
    guard let list = (json["examples"] ?? []).array else {
      throw .badPrompt(reason: "“examples” is no list")
    }
    var examples: [Example] = []
    for (index, element) in list.enumerated() {
      guard let example = Self.example(element) else {
        throw .badPrompt(
          reason: "examples[\(index)] is no {“reference”, “hypothesis”, “status”, “evidence”} "
            + "whose evidence stands in its reference")
      }
      examples.append(example)
    }
    self.examples = examples
    digest = SHA256.hex(of: bytes)
  }

  /// The prompt that the program carries.
  public static func builtIn() throws(JudgeError) -> JudgePrompt {
    try JudgePrompt(parsing: PackageResources.entailment_json)
  }

  /// The whole conversation that ends with the query.
  func messages(asking query: EntailmentQuery) -> [ChatMessage] {
    var messages = [ChatMessage(.system, system)]
    for example in examples {
      messages.append(ChatMessage(.user, example.query.json.text))
      messages.append(ChatMessage(.assistant, example.answer.text))
    }
    return messages + [ChatMessage(.user, query.json.text)]
  }

  /// Nil when it is none, or breaks the rules that answers are held to.
  private static func example(_ json: JSON) -> Example? {
    guard let reference = texts(json["reference"]), !reference.isEmpty,
      let hypothesis = json["hypothesis"]?.string, !hypothesis.isEmpty,
      let status = json["status"]?.string.flatMap(Entailment.Status.init),
      let evidence = texts(json["evidence"]), evidence.allSatisfy({ reference.contains($0) }),
      status == .notEntailment || !evidence.isEmpty
    else { return nil }
    return Example(
      query: EntailmentQuery(hypothesis: hypothesis, reference: reference), status: status,
      evidence: evidence)
  }

  /// Nil unless it is a list of texts.
  private static func texts(_ json: JSON?) -> [String]? {
    guard let elements = json?.array else { return nil }
    let texts = elements.compactMap(\.string)
    return texts.count == elements.count ? texts : nil
  }
}

extension JudgePrompt.Example {
  fileprivate var answer: JSON {
    [
      "phrase": .string(query.hypothesis), "status": .string(status.rawValue),
      "evidence": .array(evidence.map { .string($0) }),
    ]
  }
}
