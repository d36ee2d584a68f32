import Foundation
import PostgresClient
import Testing

@Suite struct `A private PostgreSQL` {
  @Test func `survives a crash, and leaves nothing behind`() async throws {
    let server = try PrivatePostgres(settings: [("shared_buffers", "16MB")])
    try await server.start()
    let database = Database(uri: server.uri, applicationName: "tests")
    try await database.script("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    try await server.restart(.immediate)
    let found = try await database.transaction { session throws(PostgresError) in
      try session.execute("SELECT a FROM t").integer(0, 0)
    }
    #expect(found == 1)
    let addresses = try await database.execute("SHOW listen_addresses")
    #expect(addresses.text(0, 0) == "")
    await server.stop()
    let error = await #expect(throws: PostgresError.self) { try await database.script("SELECT 1") }
    #expect(error?.isTransient == true)
    await server.remove()
    #expect(!FileManager.default.fileExists(atPath: server.folder))
  }

  @Test func `refuses a path that no socket fits in`() throws {
    let parent = FileManager.default.temporaryDirectory
      .appending(path: String(repeating: "x", count: 110))
    try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: parent) }
    #expect(throws: PostgresError.self) { try PrivatePostgres(in: parent.path) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path).isEmpty)
  }

  @Test func `says what is wrong with a setting`() async throws {
    let server = try PrivatePostgres(settings: [("no_such_setting", "1")])
    await #expect(throws: PostgresError.self) { try await server.start() }
    await server.remove()
  }
}
