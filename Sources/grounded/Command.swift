/// What `grounded NAME` does: its page and its work. A command is one file, and one line in
/// `Grounded.commands`.
protocol Command: Sendable {
  /// One word, or two for a part of a larger command (`model inspect`).
  static var name: String { get }
  /// One line without a full stop.
  static var summary: String { get }
  /// The paragraphs of its page.
  static var description: [String] { get }
  static var options: [Option] { get }
  static var operands: Operands { get }
  static var examples: [Example] { get }

  /// Does the work. An error that is thrown is shown in one line; `UsageError` and
  /// `ConfigurationError` give exit status 2, all others 1.
  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus
}

extension Command {
  static var operands: Operands { .none }
  static var examples: [Example] { [] }
}

/// A line to try, and what it does.
struct Example: Sendable {
  let line: String
  let meaning: String

  init(_ line: String, _ meaning: String) {
    self.line = line
    self.meaning = meaning
  }
}

/// What the process ends with.
enum ExitStatus: Int32, Sendable {
  case done = 0
  case failed = 1
  case wrongUsage = 2
}
