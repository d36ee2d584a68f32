internal import Glibc

/// A process that we start, watch and end.
final class ChildProcess {
  /// Why a process could not be started.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  let identifier: pid_t
  private var isReaped = false

  /// Starts a program, found on the path, with our environment; its standard error is ours.
  init(_ words: [String]) throws(Failure) {
    var identifier: pid_t = 0
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    defer { for argument in arguments { free(argument) } }
    let code = posix_spawnp(&identifier, words[0], nil, nil, arguments, environ)
    guard code == 0 else {
      throw Failure(
        description: "\(words[0]) cannot be started: \(String(cString: strerror(code)))")
    }
    self.identifier = identifier
  }

  deinit {
    guard !isReaped else { return }
    kill(identifier, SIGKILL)
    var status: Int32 = 0
    waitpid(identifier, &status, 0)
  }

  /// Asks the process to end and waits for it, then takes it down.
  func end(within time: Duration) {
    kill(identifier, SIGTERM)
    let deadline = ContinuousClock.now + time
    while isRunning, ContinuousClock.now < deadline { usleep(10_000) }
  }

  /// False once it ended by itself.
  var isRunning: Bool {
    guard !isReaped else { return false }
    var status: Int32 = 0
    isReaped = waitpid(identifier, &status, WNOHANG) == identifier
    return !isReaped
  }

  /// Memory in RAM at present, in bytes; 0 when the process is gone.
  var residentBytes: Int {
    guard var reader = try? LineReader(path: "/proc/\(identifier)/status") else { return 0 }
    while let line = try? reader.next() {  // the process went away: no memory
      let text = String(decoding: line, as: UTF8.self)
      guard text.hasPrefix("VmRSS:") else { continue }
      return (text.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1_024
    }
    return 0
  }
}
