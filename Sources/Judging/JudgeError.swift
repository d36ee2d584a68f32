/// Why there is no verdict. Free of reports, keys and answers.
public enum JudgeError: Error, Hashable, Sendable {
  /// The address is none that can be asked.
  case badAddress(reason: String)
  /// The key cannot stand in a header line.
  case badKey
  /// The prompt's file cannot be used.
  case badPrompt(reason: String)
  /// The endpoint refuses the request with this HTTP status.
  case refused(status: Int)
  /// The endpoint answered something other than a chat completion.
  case notACompletion
  /// No answer came, whatever was tried.
  case unreachable(attempts: Int, reason: String)
  /// The transfer failed in a way that no further attempt mends.
  case failed(reason: String)
  /// So many verdicts are not in the file, and the judge may not be asked.
  case missing(count: Int)
  /// The task was cancelled.
  case cancelled
}

extension JudgeError {
  /// True when the endpoint refuses the contents of one request, and may well answer another.
  public var isOfOneQuestion: Bool {
    guard case .refused(let status) = self else { return false }
    return [400, 413, 422].contains(status)
  }
}

extension JudgeError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .badAddress(let reason): "the judge's address cannot be used: \(reason)"
    case .badKey: "the judge's key has a line break or another character that no header may have"
    case .badPrompt(let reason): "the prompt cannot be used: \(reason)"
    case .refused(let status): "the judge answered HTTP \(status). \(Self.advice(status))"
    case .notACompletion:
      "the judge's answer is no chat completion. Is this an OpenAI-compatible endpoint?"
    case .unreachable(let attempts, let reason):
      "the judge gave no answer in \(attempts) attempts: \(reason). Try again: what is kept in a "
        + "file is not asked again."
    case .failed(let reason): "the judge cannot be asked: \(reason)"
    case .missing(let count):
      "\(count) verdicts are missing, and --offline asks for none. Leave it out to ask the judge."
    case .cancelled: "cancelled"
    }
  }

  private static func advice(_ status: Int) -> String {
    switch status {
    case 400, 413, 422:
      "It may take no temperature or no max_tokens (--judge-tokens 0 leaves that out), or the "
        + "reports are too long for it."
    case 401, 403:
      "Give its key by --judge-key-file or the environment variable GROUNDED_JUDGE_KEY."
    case 404: "Check the URL, which ends before /chat/completions, and the model's name."
    case 300..<400: "Redirects are not followed: name the address that it leads to."
    case 429, 500..<600: "Try again later: what is kept in a file is not asked again."
    default: "Check the URL and the model's name."
    }
  }
}
