internal import Datasets
internal import Fetching
internal import GroundingService
internal import JSON
internal import Judging
internal import Reports

/// A language model that keeps the regions which a sentence most specifically means.
///
/// Its answers are kept in a file, a line each: `{"key", "regions": […]}`, where the key is the
/// SHA-256 of model, conversation and question. What was answered is not asked again.
actor CurateChooser: RegionChooser {
  /// As the endpoint calls it.
  nonisolated let name: String
  /// Questions under way at once.
  nonisolated let jobs: Int
  private let model: ChatModel
  private let store: Store?
  private var known: [String: [String]]

  private final class Store {
    let file: AppendedFile

    init(_ path: String) throws(AppendedFile.Failure) { file = try AppendedFile(path) }
  }

  static let options: [Option] =
    [
      .value(
        "judge", "URL",
        "Asks a language model in place of the hierarchy: an OpenAI-compatible endpoint, as it "
          + "stands before /chat/completions. Its key is \(RadFactJudgeChoices.keyVariable) of the "
          + "environment."),
      .value(
        "choices", "FILE", "Where the language model's answers are kept; made if absent."),
    ]
    + RadFactJudgeChoices.options.filter { endpointOptions.contains($0.name) }

  private static let endpointOptions = [
    "judge-model", "judge-jobs", "judge-rate", "judge-timeout",
  ]

  /// The paper's own prompt is not published.
  private static let conversation = [
    ChatMessage(
      .system,
      """
      You are given a sentence of a chest X-ray report and the regions of the chest that a \
      program has linked to it. Keep the regions that the sentence is really about, as specific \
      as it allows: drop a region when a smaller one in the list says where the finding is, and \
      when the sentence does not speak of it. Keep all that are equally meant, such as both \
      sides. Answer with a JSON array of names from the list and nothing else; keep at least one.
      """),
    ChatMessage(
      .user,
      #"{"sentence":"Small left effusion.","regions":["left lung","left costophrenic angle"]}"#),
    ChatMessage(.assistant, #"["left costophrenic angle"]"#),
    ChatMessage(
      .user,
      #"{"sentence":"Both lungs are hazy.","regions":["right lung","left lung","spine"]}"#),
    ChatMessage(.assistant, #"["right lung","left lung"]"#),
  ]

  /// - Parameter path: the file of answers; a line that was not finished is cut off.
  init(_ model: ChatModel, keeping path: String?) throws {
    self.model = model
    name = model.endpoint.model
    jobs = model.endpoint.jobs
    guard let path else {
      (store, known) = (nil, [:])
      return
    }
    let store = try Store(path)
    var known: [String: [String]] = [:]
    var lines = try store.file.contents().split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let rest = lines.popLast() ?? []
    var whole = 0
    for (index, line) in lines.enumerated() {
      guard let json = try? JSON(parsing: line),  // whatever is wrong, it is none of ours
        let key = json["key"]?.string, let regions = json["regions"]?.array
      else {
        throw AppendedFile.Failure(
          description: "\(path):\(index + 1) is no answer. Name another file for --choices.")
      }
      known[key] = regions.compactMap { $0.string }
      whole += line.count + 1
    }
    if !rest.isEmpty { try store.file.truncate(to: whole) }
    (self.store, self.known) = (store, known)
  }

  /// Nil without `--judge`.
  static func chosen(by arguments: Arguments, on console: Console) throws -> CurateChooser? {
    guard let url = arguments.value("judge") else {
      if let name = (endpointOptions + ["choices"]).first(where: { arguments.has($0) }) {
        throw UsageError.needing(name, "judge")
      }
      return nil
    }
    let key = console.environment[RadFactJudgeChoices.keyVariable] ?? ""
    let endpoint = try ChatEndpoint(
      url: url, model: try arguments.required("judge-model"), key: key.isEmpty ? nil : key,
      jobs: try arguments.integer("judge-jobs", in: 1...256) ?? 8,
      requestsPerSecond: try arguments.number("judge-rate", in: 0.001...10_000),
      timeout: .seconds(try arguments.integer("judge-timeout", in: 1...3_600) ?? 120))
    if endpoint.isOpenToOthers {
      console.complain("The judge is asked over http: sentences and key travel unencrypted.")
    }
    let model = ChatModel(
      endpoint, resolve: { host throws(FetchError) in try Resolver.addresses(of: host) },
      surroundings: .real)
    return try CurateChooser(
      model, keeping: try arguments.value("choices").map { try OutputFile($0).path })
  }

  func choose(from regions: [String], for sentence: String) async throws -> [String] {
    let question: JSON = [
      "sentence": .string(sentence), "regions": .array(regions.map { .string($0) }),
    ]
    let messages = Self.conversation + [ChatMessage(.user, question.text)]
    let talk = messages.map { JSON.string($0.content) }
    let key = SHA256.hex(of: JSON.array([.string(name)] + talk).bytes)
    if let answer = known[key] { return answer }
    let answer = Self.regions(in: try await model.answer(to: messages))
    // Another may have asked the same meanwhile; the first answer stays.
    if let first = known[key] { return first }
    known[key] = answer
    let line: JSON = [
      "key": .string(key), "regions": .array(answer.map { .string($0) }),
    ]
    try store?.file.append(line.bytes + [UInt8(ascii: "\n")])
    return answer
  }

  /// The names in an answer, whatever stands around them; none where there is no list.
  static func regions(in answer: String) -> [String] {
    let bytes = Array(answer.utf8)
    guard let first = bytes.firstIndex(of: UInt8(ascii: "[")),
      let last = bytes.lastIndex(of: UInt8(ascii: "]")), first < last,
      let list = try? JSON(parsing: bytes[first...last])  // then it is no answer
    else { return [] }
    let names = (list.array ?? []).map { $0.string }
    return names.contains(nil) ? [] : names.compactMap { $0 }
  }
}
