import Synchronization

@testable import grounded

/// What a command line wrote and ended with.
struct Output {
  let status: ExitStatus
  let text: String
  let complaint: String
}

/// Runs one command line in this process.
func output(_ words: String..., environment: [String: String] = [:]) async -> Output {
  await output(words, environment: environment)
}

/// Runs one command line in this process.
func output(_ words: [String], environment: [String: String] = [:]) async -> Output {
  let sheets = Sheets()
  let console = Console(
    write: { text in sheets.text.withLock { $0 += text } },
    complain: { line in sheets.complaint.withLock { $0 += line + "\n" } },
    environment: environment, isTerminal: false)
  let status = await Grounded.run(words, on: console)
  return Output(
    status: status, text: sheets.text.withLock { $0 }, complaint: sheets.complaint.withLock { $0 })
}

private final class Sheets: Sendable {
  let text = Mutex("")
  let complaint = Mutex("")
}
