internal import CLibPQ
internal import Glibc
internal import Threads

/// A PostgreSQL server of our own: a folder, a unix socket in it, no network.
///
/// For the demonstration, measurements and tests. Everything is gone after `remove()`.
public actor PrivatePostgres {
  /// How a server ends: `fast` writes what it holds; `immediate` is a crash, to recover from.
  public enum Shutdown: Sendable { case fast, immediate }

  /// The folder with data, socket and log.
  public nonisolated let folder: String
  /// libpq's connection string for the superuser.
  public nonisolated let uri: String

  private let programs: ServerPrograms
  private let settings: [String]
  private var server: ChildProcess?
  private let thread = DedicatedThread(name: "private-pg")
  private static let patience = Duration.seconds(60)

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    thread.asUnownedSerialExecutor()
  }

  /// Makes the folder; `start()` does the rest.
  ///
  /// - Parameters:
  ///   - parent: an existing folder that every user may enter; a short path, since that of a socket fits 107 bytes.
  ///   - isDurable: false never waits for the disk, and loses the data with the machine.
  ///   - settings: more of PostgreSQL's, such as `("shared_buffers", "256MB")`.
  public init(
    in parent: String = "/tmp", isDurable: Bool = true, settings: [(String, String)] = []
  ) throws(PostgresError) {
    programs = try ServerPrograms()
    var template = Array("\(parent)/grounded-pg-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .cannotStart(reason: "no folder in \(parent): \(String(cString: strerror(errno)))")
    }
    folder = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    guard "\(folder)/.s.PGSQL.5432".utf8.count <= 107 else {
      rmdir(folder)
      throw .cannotStart(reason: "the path \(folder) is too long for a socket; use a shorter one")
    }
    if let user = programs.user { chown(folder, user.id, user.group) }
    uri = "host='\(folder)' port=5432 user=postgres dbname=postgres"
    let speed = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
    let own = [
      "listen_addresses=", "port=5432", "unix_socket_directories=\(folder)",
      "unix_socket_permissions=0700", "logging_collector=off",
    ]
    self.settings =
      own + (isDurable ? [] : speed) + settings.map { name, value in "\(name)=\(value)" }
  }

  /// The same server, another database in it.
  public nonisolated func uri(database: String) -> String {
    "host='\(folder)' port=5432 user=postgres dbname='\(database)'"
  }

  /// Starts the server, and makes its cluster the first time. Returns once it answers.
  public func start() throws(PostgresError) {
    guard server == nil else { return }
    let data = "\(folder)/data"
    if access("\(data)/PG_VERSION", F_OK) != 0 { try makeCluster(data) }
    let options = settings.flatMap { ["-c", $0] }
    let child = try programs.run("postgres", ["-D", data] + options, in: folder)
    let deadline = ContinuousClock.now + Self.patience
    while PQping(uri) != PQPING_OK {
      if let status = child.wait(atMost: .milliseconds(10)) {
        throw .cannotStart(reason: "postgres ended with status \(status); see \(folder)/log")
      }
      guard ContinuousClock.now < deadline else {
        child.signal(SIGKILL)
        throw .cannotStart(reason: "it did not answer within \(Self.patience); see \(folder)/log")
      }
    }
    server = child
  }

  /// Ends the server; one that does not end in time is killed.
  public func stop(_ shutdown: Shutdown = .fast) {
    guard let running = server else { return }
    server = nil
    running.signal(shutdown == .fast ? SIGINT : SIGQUIT)
    if running.wait(atMost: Self.patience) == nil {
      running.signal(SIGKILL)
      _ = running.wait(atMost: .seconds(5))
    }
  }

  public func restart(_ shutdown: Shutdown = .fast) throws(PostgresError) {
    stop(shutdown)
    try start()
  }

  /// Ends the server and deletes its folder.
  public func remove() {
    stop(.immediate)
    deleteTree(folder)
  }

  private func makeCluster(_ data: String) throws(PostgresError) {
    let child = try programs.run(
      "initdb",
      [
        "-D", data, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C",
        "--no-sync", "--no-instructions",
      ], in: folder)
    let status = child.wait(atMost: Self.patience)
    if status == nil { child.signal(SIGKILL) }
    guard status == 0 else {
      throw .cannotStart(reason: "initdb ended with \(status ?? -1); see \(folder)/log")
    }
  }
}

/// Deletes a folder and what is in it; links are deleted, not followed.
private func deleteTree(_ path: String) {
  for name in entries(of: path) {
    let child = "\(path)/\(name)"
    if unlink(child) != 0 { deleteTree(child) }
  }
  rmdir(path)
}
