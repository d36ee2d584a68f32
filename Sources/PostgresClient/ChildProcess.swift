internal import Glibc

/// A program that we started, and the files that it writes to.
struct ChildProcess {
  let id: pid_t

  /// Starts a program in a process group of its own, so that Ctrl-C on our terminal does not reach it.
  ///
  /// - Parameters:
  ///   - command: an absolute path and its arguments.
  ///   - log: file that its output is appended to.
  init(_ command: [String], environment: [String], log: String) throws(PostgresError) {
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
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    let arguments = command.map { strdup($0) } + [nil]
    let variables = environment.map { strdup($0) } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var id = pid_t()
    let code = posix_spawn(&id, command[0], &actions, &attributes, arguments, variables)
    guard code == 0 else {
      throw .cannotStart(reason: "\(command[0]): \(String(cString: strerror(code)))")
    }
    self.id = id
  }

  /// The exit status, 128 + the signal after a death by one; nil when it still runs after `bound`.
  func wait(atMost bound: Duration) -> Int32? {
    let deadline = ContinuousClock.now + bound
    while true {
      var status: Int32 = 0
      let answer = waitpid(id, &status, WNOHANG)
      if answer == id { return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F }
      if answer < 0 && errno != EINTR { return 0 }  // another part of the program collected it
      guard ContinuousClock.now < deadline else { return nil }
      usleep(5_000)
    }
  }

  func signal(_ number: Int32) { kill(id, number) }
}
