internal import Fetching
internal import GroundingService
internal import Judging

/// The judge that RadFact was told to ask, and how.
struct RadFactJudgeChoices {
  /// The environment variable with the key of a language model's endpoint.
  static let keyVariable = "GROUNDED_JUDGE_KEY"

  static let options: [Option] = [
    .value(
      "judge", "URL",
      "An OpenAI-compatible endpoint, as it stands before /chat/completions; or “rules”, a stand-in that "
        + "compares words, sides and negation."),
    .value("judge-model", "NAME", "The language model, as the endpoint calls it."),
    .value("judge-jobs", "N", "Questions under way at once, 1…256 (default 8)."),
    .value("judge-rate", "R", "Questions that may begin in a second (default: any number)."),
    .value("judge-timeout", "SECONDS", "For one answer, 1…3600 (default 120)."),
    .value("prompt", "FILE", "Another prompt for the language model."),
    .value(
      "verdicts", "FILE", "Where the language model's verdicts are kept; made if absent."),
    .flag("offline", "Asks nothing: every verdict has to be in --verdicts."),
    .value("bootstrap", "N", "Draws of reports, 0…100000 (default 500; 0 for none)."),
    .value("seed", "N", "Of the random draws (default 1)."),
  ]

  /// Options that mean nothing to the rules.
  private static let modelOptions = [
    "judge-model", "judge-jobs", "judge-rate", "judge-timeout", "prompt", "verdicts", "offline",
  ]

  let judge: any Judge
  let jobs: Int
  /// False when every verdict has to be known.
  let asks: Bool
  /// Nil for the rules, whose verdicts cost nothing.
  let verdicts: VerdictFile?
  /// True for a language model, whose answers can fail.
  let isLanguageModel: Bool
  /// Draws of the bootstrap; nil without it.
  let draws: Int?
  let seed: UInt64

  /// Nil without `--judge`.
  init?(_ arguments: Arguments, on console: Console) throws {
    guard let word = arguments.value("judge") else {
      if let name = Self.modelOptions.first(where: { arguments.has($0) }) {
        throw UsageError.needing(name, "judge")
      }
      return nil
    }
    let draws = try arguments.integer("bootstrap", in: 0...100_000) ?? 500
    self.draws = draws == 0 ? nil : draws
    seed = UInt64(try arguments.integer("seed", in: 0...Int.max) ?? 1)
    asks = !arguments.has("offline")
    jobs = try arguments.integer("judge-jobs", in: 1...256) ?? 8
    isLanguageModel = word != "rules"
    guard isLanguageModel else {
      if let name = Self.modelOptions.first(where: { arguments.has($0) }) {
        throw UsageError.invalid(
          option: "judge", value: word, allowed: "a URL, which --\(name) is about")
      }
      judge = RuleJudge()
      verdicts = nil
      return
    }
    let prompt = try Self.prompt(arguments)
    let model = try arguments.required("judge-model")
    let endpoint = try Self.endpoint(word, model, jobs: jobs, arguments, on: console)
    judge = LanguageModelJudge(
      ChatModel(
        endpoint, resolve: { host throws(FetchError) in try Resolver.addresses(of: host) },
        surroundings: .real),
      prompt: prompt)
    let cache = VerdictCache(model: model, prompt: prompt.digest)
    if !asks { _ = try arguments.required("verdicts") }
    verdicts = try arguments.value("verdicts").map { try VerdictFile($0, cache) }
  }

  private static func prompt(_ arguments: Arguments) throws -> JudgePrompt {
    guard let file = arguments.value("prompt") else { return try JudgePrompt.builtIn() }
    var reader = try LineReader(path: file)
    return try JudgePrompt(parsing: reader.rest())
  }

  private static func endpoint(
    _ url: String, _ model: String, jobs: Int, _ arguments: Arguments, on console: Console
  ) throws -> ChatEndpoint {
    let key = console.environment[keyVariable] ?? ""
    let endpoint = try ChatEndpoint(
      url: url, model: model, key: key.isEmpty ? nil : key, jobs: jobs,
      requestsPerSecond: try arguments.number("judge-rate", in: 0.001...10_000),
      timeout: .seconds(try arguments.integer("judge-timeout", in: 1...3_600) ?? 120))
    if endpoint.isOpenToOthers {
      console.complain("The judge is asked over http: reports and key travel unencrypted.")
    }
    return endpoint
  }
}

/// Verdicts in a file, which grows by a line for each new one.
final class VerdictFile {
  private let file: AppendedFile
  private var cache: VerdictCache

  /// Reads what is there, or begins a new file; a line that was not finished is cut off.
  init(_ path: String, _ cache: VerdictCache) throws {
    var cache = cache
    let file = try AppendedFile(path)
    let contents = try file.contents()
    let whole: Int
    do { whole = try cache.read(contents) } catch {
      throw AppendedFile.Failure(description: "\(path): \(error)")
    }
    if whole < contents.count { try file.truncate(to: whole) }
    self.file = file
    self.cache = cache
  }

  /// Nil for one that was never given.
  subscript(query: EntailmentQuery) -> Entailment? { cache[query] }

  func keep(_ verdict: Entailment, on query: EntailmentQuery) throws {
    try file.append(cache.keep(verdict, on: query))
  }
}
