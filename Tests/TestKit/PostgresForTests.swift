internal import Foundation
internal import PostgresClient

/// One PostgreSQL server for all tests of a program, removed when the program ends.
public actor PostgresForTests {
  public static let shared = PostgresForTests()
  private var server: PrivatePostgres?
  private var databases = 0

  /// The connection string of an empty database.
  public func database() async throws -> String {
    if server == nil {
      let made = try PrivatePostgres(isDurable: false)
      endedServers.append(made.folder)
      try await made.start()
      server = made
    }
    guard let server else { throw CancellationError() }
    databases += 1
    let name = "test_\(databases)"
    let administrator = Database(uri: server.uri, applicationName: "tests")
    try await administrator.script("CREATE DATABASE \(name)")
    await administrator.disconnect()
    return server.uri(database: name)
  }
}

/// Folders of servers to end with the program, where no actor can be awaited any more.
private let endedServers = Leftovers()

private final class Leftovers: @unchecked Sendable {
  private var folders: [String] = []
  private let lock = NSLock()

  init() { atexit { endedServers.end() } }

  func append(_ folder: String) { lock.withLock { folders.append(folder) } }

  func end() {
    for folder in lock.withLock({ folders }) {
      let file = try? String(contentsOfFile: "\(folder)/data/postmaster.pid", encoding: .utf8)
      if let id = file?.split(separator: "\n").first.flatMap({ pid_t($0) }) {
        kill(id, SIGQUIT)
        var status: Int32 = 0
        waitpid(id, &status, 0)
      }
      try? FileManager.default.removeItem(atPath: folder)
    }
  }
}
