internal import Datasets
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
  private let anatomy: Anatomy
  private let prompt: RegionPrompt
  private let store: Store?
  private var known: [Key: RegionSet]
  /// True when the endpoint has answered something in this run.
  private var isAnswering = false

  private final class Store {
    let file: AppendedFile

    init(_ path: String) throws(AppendedFile.Failure) { file = try AppendedFile(path) }
  }

  static let options: [Option] =
    [
      .value(
        "judge", "URL",
        "Asks a language model in place of the hierarchy: an OpenAI-compatible endpoint, as it "
          + "stands before /chat/completions."),
      .value(
        "choices", "FILE", "Where the language model's answers are kept; made if absent."),
    ] + ChatModel.options

  /// - Parameter path: the file of answers; a line that was not finished is cut off.
  init(_ model: ChatModel, anatomy: Anatomy, keeping path: String?) throws {
    self.model = model
    self.anatomy = anatomy
    prompt = try RegionPrompt.builtIn()
    name = model.endpoint.model
    jobs = model.endpoint.jobs
    guard let path else {
      (store, known) = (nil, [:])
      return
    }
    let store = try Store(path)
    let contents = try store.file.contents()
    var known: [Key: RegionSet] = [:]
    let whole: Int
    do throws(KeyedLines.Failure) {
      whole = try KeyedLines.read(contents) { key, line in
        guard let key = Key(hex: key), let regions = line["regions"]?.array else { return false }
        known[key] = anatomy.regions(named: regions.map { $0.string ?? "" })
        return true
      }
    } catch {
      throw AppendedFile.Failure(
        description: "\(path):\(error.line) is no answer. Name another file for --choices.")
    }
    if whole < contents.count { try store.file.truncate(to: whole) }
    (self.store, self.known) = (store, known)
  }

  /// Nil without `--judge`.
  static func chosen(by arguments: Arguments, on console: Console) throws -> CurateChooser? {
    guard let url = arguments.value("judge") else {
      let names = options.map { $0.name }
      if let name = names.first(where: { arguments.has($0) }) {
        throw UsageError.needing(name, "judge")
      }
      return nil
    }
    let path = try arguments.value("choices").map { try OutputFile($0).path }
    return try CurateChooser(
      ChatModel(url, arguments, on: console), anatomy: .chest, keeping: path)
  }

  func choose(from regions: [String], for sentence: String) async throws -> [String] {
    let messages = prompt.messages(choosingFrom: regions, for: sentence)
    let talk = messages.map { JSON.string($0.content) }
    let digest = SHA256.hex(of: JSON.array([.string(name)] + talk).bytes)
    guard let key = Key(hex: digest) else { preconditionFailure("\(digest) is no SHA-256") }
    if let answer = known[key] { return anatomy.names(of: answer) }
    guard let text = try await answer(to: messages) else { return [] }
    // Another may have asked the same meanwhile; the first answer stays.
    if let first = known[key] { return anatomy.names(of: first) }
    let names = Self.regions(in: text)
    known[key] = anatomy.regions(named: names)
    let line: JSON = [
      "key": .string(digest), "regions": .array(names.map { .string($0) }),
    ]
    try store?.file.append(line.bytes + [UInt8(ascii: "\n")])
    return known[key].map { anatomy.names(of: $0) } ?? []
  }

  /// Nil where the endpoint refuses this one, and answers others.
  private func answer(to messages: [ChatMessage]) async throws -> String? {
    do throws(JudgeError) {
      let answer = try await model.answer(to: messages)
      isAnswering = true
      return answer
    } catch {
      guard error.isOfOneQuestion else { throw error }
      if !isAnswering { _ = try await model.answer(to: prompt.trial) }
      isAnswering = true
      return nil
    }
  }

  /// A SHA-256.
  private struct Key: Hashable {
    private let words: SIMD4<UInt64>

    /// Nil for anything but 64 hexadecimal digits.
    init?(hex: String) {
      let digits = Array(hex.utf8)
      guard digits.count == 64 else { return nil }
      var words = SIMD4<UInt64>()
      for place in 0..<4 {
        let part = String(decoding: digits[16 * place..<16 * (place + 1)], as: UTF8.self)
        guard let word = UInt64(part, radix: 16) else { return nil }
        words[place] = word
      }
      self.words = words
    }
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
