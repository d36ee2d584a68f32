internal import JSON

/// What a language model is told before it chooses regions: its duty, and examples with answers.
///
/// The paper's own prompt is not published.
public struct RegionPrompt: Hashable, Sendable {
  /// Its duty and the examples, before any question.
  private let beginning: [ChatMessage]

  /// Reads `{"system": [paragraphs], "examples": [{"sentence", "regions": […], "answer": […]}…]}`.
  init(parsing bytes: [UInt8]) throws(JudgeError) {
    let json: JSON
    do { json = try JSON(parsing: bytes) } catch {
      throw .badPrompt(reason: error.description)
    }
    let paragraphs = (json["system"]?.array ?? []).compactMap { $0.string }
    guard !paragraphs.isEmpty, let examples = json["examples"]?.array else {
      throw .badPrompt(reason: "it lacks “system” or “examples”")
    }
    var messages = [ChatMessage(.system, paragraphs.joined(separator: "\n\n"))]
    for (index, example) in examples.enumerated() {
      guard let sentence = example["sentence"]?.string, let answer = example["answer"],
        let regions = example["regions"]?.array
      else {
        throw .badPrompt(reason: "examples[\(index)] is no {“sentence”, “regions”, “answer”}")
      }
      messages += [
        Self.question(.string(sentence), .array(regions)), ChatMessage(.assistant, answer.text),
      ]
    }
    beginning = messages
  }

  /// The prompt that the program carries.
  public static func builtIn() throws(JudgeError) -> RegionPrompt {
    try RegionPrompt(parsing: PackageResources.regions_json)
  }

  /// A whole conversation about an example, which every endpoint that works can answer.
  public var trial: [ChatMessage] { Array(beginning.prefix(2)) }

  /// The whole conversation that ends with the question.
  public func messages(choosingFrom regions: [String], for sentence: String) -> [ChatMessage] {
    beginning + [Self.question(.string(sentence), .array(regions.map { .string($0) }))]
  }

  private static func question(_ sentence: JSON, _ regions: JSON) -> ChatMessage {
    ChatMessage(.user, JSON.object([.init("sentence", sentence), .init("regions", regions)]).text)
  }
}
