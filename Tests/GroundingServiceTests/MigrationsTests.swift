import Foundation
import PostgresClient
import TestKit
import Testing

@testable import GroundingService

@Suite struct `The migrations` {
  private let repository = LedgerSamples.migrations

  @Test func `bring an empty database up, once`() async throws {
    let database = try await empty()
    let migrations = try Migrations(folder: repository)
    let names = migrations.files.map(\.name)
    #expect(try await migrations.check(database) == .pending(names))
    #expect(try await migrations.apply(to: database) == names)
    #expect(try await migrations.check(database) == .current(names.count))
    #expect(try await migrations.apply(to: database).isEmpty)
  }

  @Test func `may be started by several at once`() async throws {
    let uri = try await PostgresForTests.shared.database()
    let repository = repository
    let applied = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<4 {
        group.addTask {
          let database = Database(uri: uri, applicationName: "migrate")
          return try await Migrations(folder: repository).apply(to: database).count
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(applied == (try Migrations(folder: repository).files.count))
  }

  @Test func `refuse a database that is ahead, and files that changed`() async throws {
    let database = try await empty()
    let folder = try copy()
    defer { try? FileManager.default.removeItem(at: folder) }
    let extra = folder.appending(path: "0007_more.sql")
    try Data("CREATE TABLE grounded.more (a int)".utf8).write(to: extra)
    try await Migrations(folder: folder).apply(to: database)
    let original = try Migrations(folder: repository)
    #expect(try await original.check(database) == .ahead(["0007_more.sql"]))
    await #expect(throws: MigrationError.ahead(["0007_more.sql"])) {
      try await original.apply(to: database)
    }
    try Data("CREATE TABLE grounded.more (b int)".utf8).write(to: extra)
    let altered = try Migrations(folder: folder)
    #expect(try await altered.check(database) == .altered(["0007_more.sql"]))
    await #expect(throws: MigrationError.altered(["0007_more.sql"])) {
      try await altered.apply(to: database)
    }
  }

  @Test func `leave nothing of a file that fails`() async throws {
    let database = try await empty()
    let folder = try copy()
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("CREATE TABLE grounded.more (a int); SELECT 1 / 0".utf8)
      .write(to: folder.appending(path: "0007_more.sql"))
    let migrations = try Migrations(folder: folder)
    await #expect(throws: PostgresError.self) { try await migrations.apply(to: database) }
    #expect(try await migrations.check(database) == .pending(["0007_more.sql"]))
    let table = try await database.execute("SELECT to_regclass('grounded.more')::text")
    #expect(table.isNull(0, 0))
  }

  @Test func `want every number, and a folder`() throws {
    let folder = try copy()
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.removeItem(at: folder.appending(path: "0002_groundings.sql"))
    #expect(throws: MigrationError.gap(expected: 2, found: "0003_outbox.sql")) {
      try Migrations(folder: folder)
    }
    #expect(throws: MigrationError.self) {
      try Migrations(folder: folder.appending(path: "absent"))
    }
  }

  @Test func `describe every column of every view`() async throws {
    let database = try await empty()
    try await Migrations(folder: repository).apply(to: database)
    let silent = try await database.execute(
      """
      SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relnamespace = 'grounded'::regnamespace AND c.relkind = 'v' AND a.attnum > 0
        AND col_description(c.oid, a.attnum) IS NULL
      """)
    #expect((0..<silent.count).map { silent.text($0, 0) } == [])
  }

  @Test func `say which roles are missing to one who may not create them`() async throws {
    let uri = try await PostgresForTests.shared.database()
    let owner = Database(uri: uri, applicationName: "owner")
    try await owner.script(
      """
      DROP ROLE IF EXISTS plain_migrator;
      CREATE ROLE plain_migrator LOGIN;
      DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO plain_migrator', current_database()); END $$;
      """)
    let plain = Database(uri: uri + " user=plain_migrator", applicationName: "plain")
    let roles = try await owner.execute("SELECT FROM pg_roles WHERE rolname = 'grounded_writer'")
    if roles.count == 1 {
      try await Migrations(folder: repository).apply(to: plain)
    } else {
      let error = await #expect(throws: PostgresError.self) {
        try await Migrations(folder: repository).apply(to: plain)
      }
      #expect(error?.sqlState == "42501")
    }
  }

  private func empty() async throws -> Database {
    Database(uri: try await PostgresForTests.shared.database(), applicationName: "migrations")
  }

  private func copy() throws -> URL {
    let folder = try Place.temporaryFolder().appending(path: "Migrations")
    try FileManager.default.copyItem(at: repository, to: folder)
    return folder
  }
}
