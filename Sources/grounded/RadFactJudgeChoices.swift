internal import Judging

/// The judge that RadFact was told to ask, and how.
struct RadFactJudgeChoices {
  static let options: [Option] =
    [
      .value(
        "judge", "URL",
        "An OpenAI-compatible endpoint, as it stands before /chat/completions; or “rules”, a "
          + "stand-in that compares words, sides and negation.")
    ] + ChatModel.options + [
      .value("prompt", "FILE", "Another prompt for the language model."),
      .value(
        "verdicts", "FILE", "Where the language model's verdicts are kept; made if absent."),
      .flag(
        "offline", "Asks nothing: every verdict has to be in --verdicts, which stays as it is."),
      .value("bootstrap", "N", "Draws of reports, 0…100000 (default 500; 0 for none)."),
      .value("seed", "N", "Of the random draws (default 1)."),
    ]

  /// Options that name files, which no other output may overwrite.
  static let files = ["prompt", "verdicts", "judge-key-file", "judge-ca"]

  /// Options that mean nothing to the rules.
  private static let modelOptions =
    ChatModel.options.map { $0.name } + ["prompt", "verdicts", "offline"]

  let judge: any Judge
  let jobs: Int
  /// False when every verdict has to be known.
  let asks: Bool
  /// SHA-256 of the language model's prompt; nil for the rules, whose answers cannot fail either.
  let prompt: String?
  /// Draws of the bootstrap; nil without it.
  let draws: Int?
  let seed: UInt64
  /// Nil for the rules, whose verdicts cost nothing.
  private let verdicts: String?

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
    guard word != "rules" else {
      if let name = Self.modelOptions.first(where: { arguments.has($0) }) {
        throw UsageError.invalid(
          option: "judge", value: word, allowed: "a URL, which --\(name) is about")
      }
      judge = RuleJudge()
      jobs = 8
      prompt = nil
      verdicts = nil
      return
    }
    let prompt = try Self.prompt(arguments)
    let model = try ChatModel(word, arguments, on: console)
    judge = LanguageModelJudge(model, prompt: prompt)
    jobs = model.endpoint.jobs
    self.prompt = prompt.digest
    verdicts = asks ? arguments.value("verdicts") : try arguments.required("verdicts")
  }

  /// Opens the file of verdicts; nil without one.
  func verdictFile() throws -> VerdictFile? {
    guard let verdicts, let prompt else { return nil }
    return try VerdictFile(
      verdicts, VerdictCache(model: judge.name, prompt: prompt), isReadOnly: !asks)
  }

  private static func prompt(_ arguments: Arguments) throws -> JudgePrompt {
    guard let file = arguments.value("prompt") else { return try JudgePrompt.builtIn() }
    var reader = try LineReader(path: file)
    return try JudgePrompt(parsing: reader.rest())
  }
}
