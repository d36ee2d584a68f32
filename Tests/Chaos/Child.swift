internal import Glibc

/// A daemon, or a whole run, as a process of its own.
struct Child: Sendable {
  /// Why a process could not be started.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// What a look at it says.
  enum State: Hashable, Sendable {
    case running
    /// It has been stopped since the last look.
    case stopped
    case exited(Int32)
    case killed(by: Int32)
  }

  let id: pid_t
  let startedAt = ContinuousClock.now

  /// Starts a program; what it says is added to the file.
  ///
  /// - Parameter hasOwnGroup: false leaves it in our process group, to be ended with us.
  init(
    _ words: [String], environment: [String: String], log: String, hasOwnGroup: Bool
  ) throws(Failure) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    let group = hasOwnGroup ? POSIX_SPAWN_SETPGROUP : 0
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | group))
    let arguments = words.map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var id = pid_t()
    let code = posix_spawn(&id, words[0], &actions, &attributes, arguments, variables)
    guard code == 0 else {
      throw Failure(description: "\(words[0]): \(String(cString: strerror(code)))")
    }
    self.id = id
  }

  func look() -> State {
    var status: Int32 = 0
    guard waitpid(id, &status, WNOHANG | WUNTRACED) == id else { return .running }
    if status & 0xFF == 0x7F { return .stopped }
    return status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .killed(by: status & 0x7F)
  }

  func signal(_ number: Int32) { kill(id, number) }
}
