internal import Glibc

/// What a command has around it: where it writes, and what it was started with.
struct Console: Sendable {
  /// Writes to standard output, as it is.
  let write: @Sendable (String) -> Void
  /// Writes one line to standard error.
  let complain: @Sendable (String) -> Void
  let environment: [String: String]
  /// True when a person looks at standard error: only then is progress shown.
  let isTerminal: Bool

  /// Writes one line to standard output.
  func line(_ text: String) { write(text + "\n") }
}

extension Console {
  /// The console of this process.
  static func process(environment: [String: String]) -> Console {
    Console(
      write: { writeAll($0, to: STDOUT_FILENO) },
      complain: { writeAll($0 + "\n", to: STDERR_FILENO) },
      environment: environment, isTerminal: isatty(STDERR_FILENO) == 1)
  }
}

/// A reader that has gone (`| head`) is no failure, so the rest is dropped then.
private func writeAll(_ text: String, to descriptor: Int32) {
  let bytes = Array(text.utf8)
  var start = 0
  while start < bytes.count {
    let count = bytes[start...].withUnsafeBytes {
      Glibc.write(descriptor, $0.baseAddress, $0.count)
    }
    if count < 0 && errno == EINTR { continue }
    guard count > 0 else { return }
    start += count
  }
}
