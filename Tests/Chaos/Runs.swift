internal import Foundation
internal import Synchronization

/// Runs in processes of their own, and what they leave behind.
final class Runs: Sendable {
  private let options: Options
  private let executable: URL
  /// The processes of runs that go on.
  private let content = Mutex((processes: Set<pid_t>(), isOver: false))

  init(options: Options, executable: URL) {
    self.options = options
    self.executable = executable
  }

  /// A run that takes longer than its faults, its bound and the ways there and back hangs.
  private var patience: Duration { options.bound + .seconds(180) }

  /// So often a run is done again when the brokers themselves break.
  private static let attemptsMax = 5

  /// Carries a run out, again where in-process brokers fell over a check of their own.
  ///
  /// - Returns: what came of it, and for a failed one the folder where its logs are kept; nil after `end`.
  func carryOut(_ seed: UInt64) async throws -> (Outcome, place: String?)? {
    var attempts = 0
    while true {
      attempts += 1
      let folder = try Self.makeFolder(seed)
      defer { Self.clear(folder) }
      let log = "\(folder)/run.log"
      let state = try await wait(for: start(seed, in: folder, log: log))
      guard !isOver else { return nil }
      Self.clearServer(in: folder)
      let plan = Plan(seed: seed, ownBrokers: options.kafka == nil)
      if state == .killed(by: SIGABRT), attempts < Self.attemptsMax, Self.brokersBroke(log) {
        continue
      }
      var outcome: Outcome
      if state == .exited(0) {
        outcome = try Outcome(of: plan, readFrom: folder)
      } else {
        outcome = Outcome(plan: plan)
        outcome.violations = [Violation(.misbehaved, "the run's own process: \(state)")]
      }
      outcome.attempts = attempts
      return (outcome, outcome.violations.isEmpty ? nil : try keep(folder, of: seed))
    }
  }

  /// Ends every run at once; each clears away what it left.
  func end() {
    let processes = content.withLock { content in
      content.isOver = true
      return content.processes
    }
    for process in processes { kill(-process, SIGKILL) }
  }

  /// True after `end`.
  var isOver: Bool { content.withLock { $0.isOver } }

  /// A short path: a server's socket has to fit below it. Its user may be another than ours.
  private static func makeFolder(_ seed: UInt64) throws -> String {
    let number = UInt32.random(in: 0...UInt32.max)
    let folder = "/tmp/grounded-chaos-\(seed)-\(String(number, radix: 16))"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o755])
    return folder
  }

  private func start(_ seed: UInt64, in folder: String, log: String) throws -> Child {
    let words =
      [executable.path, "--seed", "\(seed)", "--only-run", folder, "--program", options.program]
      + ["--bound", "\(Int(options.bound / .seconds(1)))"]
    let child = try Child(
      words, environment: ProcessInfo.processInfo.environment, log: log, hasOwnGroup: true)
    let isOver = content.withLock { content in
      content.processes.insert(child.id)
      return content.isOver
    }
    if isOver { kill(-child.id, SIGKILL) }
    return child
  }

  /// Waits until the run's process has ended, and ends whatever it leaves.
  private func wait(for run: Child) async throws -> Child.State {
    var state = run.look()
    while state == .running || state == .stopped {
      if ContinuousClock.now - run.startedAt > patience { kill(-run.id, SIGKILL) }
      try await Task.sleep(for: .milliseconds(50))
      state = run.look()
    }
    kill(-run.id, SIGKILL)  // its daemons, if it could not end them
    _ = content.withLock { $0.processes.remove(run.id) }
    return state
  }

  /// True when librdkafka's in-process brokers ended the process by a check in their own source.
  private static func brokersBroke(_ log: String) -> Bool {
    let said = try? String(contentsOfFile: log, encoding: .utf8)
    return said?.contains("rdkafka_mock") ?? false
  }

  /// Puts what the daemons said, and what is wrong, where it stays.
  private func keep(_ folder: String, of seed: UInt64) throws -> String {
    let place = "\(options.folder)/seed-\(seed)"
    let files = FileManager.default
    try files.createDirectory(atPath: options.folder, withIntermediateDirectories: true)
    try? files.removeItem(atPath: place)  // of an earlier run, if any
    try files.copyItem(atPath: folder, toPath: place)
    return place
  }

  private static func clear(_ folder: String) {
    clearServer(in: folder)
    // A daemon that was killed this moment may still be writing.
    for _ in 0..<attemptsToClear where FileManager.default.fileExists(atPath: folder) {
      try? FileManager.default.removeItem(atPath: folder)  // another attempt follows
      usleep(20_000)
    }
  }

  /// Ends and removes the PostgreSQL server in a folder, even one that is just starting.
  private static func clearServer(in folder: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []  // gone: none
    for server in names.filter({ $0.hasPrefix("grounded-pg-") }).map({ "\(folder)/\($0)" }) {
      for _ in 0..<attemptsToClear where FileManager.default.fileExists(atPath: server) {
        let file = "\(server)/data/postmaster.pid"
        let content = try? String(contentsOfFile: file, encoding: .utf8)
        if let process = content?.split(separator: "\n").first.flatMap({ pid_t($0) }) {
          kill(process, SIGQUIT)
          for _ in 0..<attemptsToClear where access(file, F_OK) == 0 { usleep(20_000) }
        }
        try? FileManager.default.removeItem(atPath: server)  // another attempt follows
      }
    }
  }

  private static let attemptsToClear = 250
}
