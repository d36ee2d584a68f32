internal import Fetching
internal import FoundationEssentials
internal import GroundingService
internal import Judging

extension ChatModel {
  /// The environment variable with the key of a language model's endpoint, and the name of the
  /// same in `$CREDENTIALS_DIRECTORY`.
  static let keyVariable = "GROUNDED_JUDGE_KEY"
  private static let keyCredential = "judge.key"

  /// How the endpoint that `--judge` names is asked.
  static let options: [Option] = [
    .value("judge-model", "NAME", "The language model, as the endpoint calls it."),
    .value(
      "judge-key-file", "FILE",
      "A file with the endpoint's key, in the place of \(keyCredential) in $CREDENTIALS_DIRECTORY or "
        + "the environment variable \(keyVariable)."),
    .value(
      "judge-ca", "FILE", "The authorities to trust in the place of the system's, a PEM file."),
    .value("judge-jobs", "N", "Questions under way at once, 1…256 (default 8)."),
    .value("judge-rate", "R", "Questions that may begin in a second (default: any number)."),
    .value("judge-timeout", "SECONDS", "For one answer, 1…3600 (default 120)."),
    .value(
      "judge-tokens", "N",
      "max_tokens of one answer, 0…1000000 (default 1024; 0 leaves it out of the question)."),
  ]

  /// The model that the options name, behind an endpoint.
  ///
  /// - Parameter url: what stands before `/chat/completions`.
  init(_ url: String, _ arguments: Arguments, on console: Console) throws {
    var endpoint = try ChatEndpoint(
      url: url, model: try arguments.required("judge-model"),
      key: try Self.key(arguments, console.environment),
      jobs: try arguments.integer("judge-jobs", in: 1...256) ?? 8,
      requestsPerSecond: try arguments.number("judge-rate", in: 0.001...10_000),
      timeout: .seconds(try arguments.integer("judge-timeout", in: 1...3_600) ?? 120))
    endpoint.authorityFile = arguments.value("judge-ca")
    let tokens = try arguments.integer("judge-tokens", in: 0...1_000_000)
    if let tokens { endpoint.tokensMax = tokens == 0 ? nil : tokens }
    if endpoint.isOpenToOthers {
      console.complain("The judge is asked over http: sentences and key travel unencrypted.")
    }
    self.init(
      endpoint, resolve: { host throws(FetchError) in try Resolver.addresses(of: host) },
      surroundings: .real)
  }

  /// Nil where none is given.
  private static func key(
    _ arguments: Arguments, _ environment: [String: String]
  ) throws -> String? {
    if let file = arguments.value("judge-key-file") { return try Configuration.readSecret(file) }
    if let folder = environment["CREDENTIALS_DIRECTORY"] {
      let path = folder + "/" + keyCredential
      if FileManager.default.fileExists(atPath: path) {
        return try Configuration.readSecret(path)
      }
    }
    let key = environment[keyVariable] ?? ""
    return key.isEmpty ? nil : key
  }
}
