internal import Glibc
internal import Synchronization

/// What a command has around it: where it writes, and what it was started with.
struct Console: Sendable {
  /// Writes to standard output, as it is.
  let write: @Sendable (String) -> Void
  /// Writes one line to standard error.
  let complain: @Sendable (String) -> Void
  let environment: [String: String]
  /// True when a person looks at standard error: only then is progress shown.
  let isTerminal: Bool
  /// Writes to standard error, as it is.
  var showProgress: @Sendable (String) -> Void = { _ in }

  /// Writes one line to standard output.
  func line(_ text: String) { write(text + "\n") }
}

extension Console {
  /// The console of this process.
  static func process(_ output: StandardOutput, environment: [String: String]) -> Console {
    Console(
      write: { output.write($0) },
      complain: { _ = writeAll($0 + "\n", to: STDERR_FILENO) },
      environment: environment, isTerminal: isatty(STDERR_FILENO) == 1,
      showProgress: { _ = writeAll($0, to: STDERR_FILENO) })
  }
}

/// Standard output, which remembers that something could not be written.
final class StandardOutput: Sendable {
  private let failure = Mutex<Int32>(0)

  /// Why output is missing; nil when all was written.
  ///
  /// A reader that has gone (`| head`) is no failure: it has what it wanted.
  var problem: String? {
    let code = failure.withLock { $0 }
    guard code != 0, code != EPIPE else { return nil }
    return "standard output cannot be written: \(String(cString: strerror(code)))"
  }

  func write(_ text: String) {
    failure.withLock { code in
      if code == 0 { code = writeAll(text, to: STDOUT_FILENO) }
    }
  }
}

/// - Returns: 0, or the `errno` of what failed.
private func writeAll(_ text: String, to descriptor: Int32) -> Int32 {
  let bytes = Array(text.utf8)
  var start = 0
  while start < bytes.count {
    let count = bytes[start...].withUnsafeBytes {
      Glibc.write(descriptor, $0.baseAddress, $0.count)
    }
    if count < 0 && errno == EINTR { continue }
    guard count > 0 else { return errno }
    start += count
  }
  return 0
}
