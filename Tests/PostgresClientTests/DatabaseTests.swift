import Foundation
import PostgresClient
import TestKit
import Testing

@Suite struct `A database` {
  @Test func `gives back every kind of value`() async throws {
    let database = try await open()
    let id = UUID()
    let moment = Date(timeIntervalSince1970: 1_795_490_000.25)
    let rows = try await database.execute(
      """
      SELECT $1::text, $2::int8, $3::float8, $4::float4, $5::bool, $6::bytea, $7::uuid,
        $8::timestamptz, $9::jsonb, $10::int8[] = '{1,-2}', $11::text[], 12345.678::numeric, $12::text
      """,
      [
        .text("“é”"), .integer(.min), .real(0.1), .float(1.5), .boolean(true), .bytes([0, 255]),
        .uuid(id), .timestamp(moment), .json("{\"a\":1}"), .integerArray([1, -2]),
        .textArray(["a\"b\\", "NULL", ""]), .null,
      ])
    #expect(rows.count == 1)
    #expect(rows.text(0, 0) == "“é”")
    #expect(rows.integer(0, 1) == .min)
    #expect(rows.real(0, 2) == 0.1)
    #expect(rows.real(0, 3) == 1.5)
    #expect(rows.boolean(0, 4) == true)
    #expect(rows.bytes(0, 5) == [0, 255])
    #expect(rows.uuid(0, 6) == id)
    #expect(rows.date(0, 7) == moment)
    #expect(rows.text(0, 8) == "{\"a\": 1}")
    #expect(rows.boolean(0, 9) == true)
    #expect(rows.real(0, 11) == 12345.678)
    #expect(rows.isNull(0, 12) && rows.text(0, 12) == nil)
    let list = try await database.execute(
      "SELECT x FROM unnest($1::text[]) x", [.textArray(["a\"b\\", "NULL", ""])])
    #expect((0..<3).map { list.text($0, 0) } == ["a\"b\\", "NULL", ""])
  }

  @Test func `reads small numbers, names and nothing of another type`() async throws {
    let database = try await open()
    let rows = try await database.execute(
      "SELECT (-7)::int2, (-7)::int4, 0::numeric, (-0.00012)::numeric, 'x'::name, 'NaN'::numeric")
    #expect(rows.integer(0, 0) == -7)
    #expect(rows.integer(0, 1) == -7)
    #expect(rows.integer(0, 2) == 0)
    #expect(abs((rows.real(0, 3) ?? 0) + 0.00012) < 1e-12)
    #expect(rows.text(0, 4) == "x")
    #expect(rows.bytes(0, 4) == nil)
    #expect(rows.real(0, 5)?.isNaN == true)
  }

  @Test func `keeps nothing of a transaction that throws or is abandoned`() async throws {
    let database = try await open()
    try await database.script("CREATE TABLE t (a int PRIMARY KEY)")
    await #expect(throws: PostgresError.self) {
      try await database.transaction { session throws(PostgresError) in
        try session.execute("INSERT INTO t VALUES (1)")
        try session.execute("INSERT INTO t VALUES (1)")
      }
    }
    let value = try await database.transaction { session throws(PostgresError) in
      try session.execute("INSERT INTO t VALUES (2)")
      session.abandon()
      return 7
    }
    #expect(value == 7)
    #expect(try await database.execute("SELECT FROM t").count == 0)
  }

  @Test func `copies rows of every type`() async throws {
    let database = try await open()
    try await database.script(
      """
      CREATE TABLE t (a int2, b int4, c int8, d float4, e float8, f text, g bytea, h uuid, i bool,
        j timestamptz, k text[], l real[], m bytea[])
      """)
    var rows = CopyRows()
    let id = UUID()
    for number in 0..<1_000 {
      rows.row(columns: 13)
      rows.int2(-3)
      rows.int4(Int32(number))
      rows.int8(.max)
      rows.float4(0.25)
      rows.float8(-0.5)
      rows.text(number == 0 ? "a\0b" : "é")
      rows.bytea([0, 1, 255])
      rows.uuid(id)
      rows.bool(true)
      rows.timestamptz(Date(timeIntervalSince1970: 0))
      rows.textArray(["", "b"])
      rows.float4Array([])
      rows.byteaArray([nil, [7]])
    }
    let sent = rows
    try await database.copy([sent], into: "t (a, b, c, d, e, f, g, h, i, j, k, l, m)")
    let answer = try await database.execute("SELECT * FROM t ORDER BY b")
    #expect(answer.count == 1_000)
    #expect(answer.integer(0, 0) == -3)
    #expect(answer.integer(999, 1) == 999)
    #expect(answer.integer(0, 2) == .max)
    #expect(answer.real(0, 3) == 0.25)
    #expect(answer.real(0, 4) == -0.5)
    #expect(answer.text(0, 5) == "a\u{FFFD}b")
    #expect(answer.text(1, 5) == "é")
    #expect(answer.bytes(0, 6) == [0, 1, 255])
    #expect(answer.uuid(0, 7) == id)
    #expect(answer.boolean(0, 8) == true)
    #expect(answer.date(0, 9) == Date(timeIntervalSince1970: 0))
    let arrays = try await database.execute("SELECT k[2], cardinality(l), m[1], m[2] FROM t")
    #expect(arrays.text(0, 0) == "b")
    #expect(arrays.integer(0, 1) == 0)
    #expect(arrays.isNull(0, 2))
    #expect(arrays.bytes(0, 3) == [7])
  }

  @Test func `refuses a copy of the wrong shape, and goes on`() async throws {
    let database = try await open()
    try await database.script("CREATE TABLE t (a int4, b int4)")
    var rows = CopyRows()
    rows.row(columns: 1)
    rows.int8(1)
    let sent = rows
    await #expect(throws: PostgresError.self) { try await database.copy([sent], into: "t (a, b)") }
    #expect(try await database.execute("SELECT FROM t").count == 0)
  }

  @Test func `never repeats a value in an error`() async throws {
    let database = try await open()
    try await database.script("CREATE TABLE t (a text PRIMARY KEY)")
    try await database.execute("INSERT INTO t VALUES ($1)", [.text("secret")])
    for (sql, value) in [
      ("SELECT $1::int", "secret"), ("INSERT INTO t VALUES ($1)", "secret"),
      ("SELECT $1::jsonb", "{secret"),
    ] {
      let error = await #expect(throws: PostgresError.self) {
        try await database.execute(sql, [.text(value)])
      }
      #expect(error.map { !"\($0)".contains("secret") } == true)
      #expect(error?.isTransient == false)
    }
    await #expect(throws: PostgresError.zeroInText) {
      try await database.execute("SELECT $1::text", [.text("a\0b")])
    }
  }

  @Test func `opens another session after it was lost`() async throws {
    let uri = try await PostgresForTests.shared.database()
    let database = Database(uri: uri, applicationName: "victim")
    let other = Database(uri: uri, applicationName: "killer")
    try await database.script("CREATE TABLE t (a int)")
    try await terminate("victim", with: other)
    try await database.transaction { session throws(PostgresError) in
      try session.execute("INSERT INTO t VALUES (1)")
    }
    let error = await #expect(throws: PostgresError.self) {
      try await database.transaction { session throws(PostgresError) in
        try session.execute("INSERT INTO t VALUES (2)")
        try session.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        try session.execute("INSERT INTO t VALUES (3)")
      }
    }
    #expect(error?.isTransient == true)
    let rows = try await database.execute("SELECT a FROM t")
    #expect(rows.count == 1 && rows.integer(0, 0) == 1)
  }

  @Test func `gives its locks up when it says nothing in the middle of a transaction`() async throws
  {
    let uri = try await PostgresForTests.shared.database()
    let frozen = Database(uri: uri, applicationName: "frozen", silenceMax: .milliseconds(200))
    let other = Database(uri: uri, applicationName: "other")
    try await other.script("CREATE TABLE held (n int); INSERT INTO held VALUES (1)")
    await #expect(throws: PostgresError.self) {
      try await frozen.transaction { session throws(PostgresError) in
        try session.execute("UPDATE held SET n = 2")
        usleep(1_000_000)
        try session.execute("UPDATE held SET n = 3")
      }
    }
    try await other.script("SET lock_timeout = '1s'; UPDATE held SET n = n + 10")
    #expect(try await frozen.execute("SELECT n FROM held").integer(0, 0) == 11)
  }

  @Test func `does not claim to know what a broken commit did`() async throws {
    let uri = try await PostgresForTests.shared.database()
    let database = Database(uri: uri, applicationName: "committer")
    try await database.script(
      """
      CREATE TABLE t (a int);
      CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
      CREATE CONSTRAINT TRIGGER last AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION die();
      """)
    let error = await #expect(throws: PostgresError.self) {
      try await database.transaction { session throws(PostgresError) in
        try session.execute("INSERT INTO t VALUES (1)")
      }
    }
    guard case .commitUnknown = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.isTransient == true)
  }

  @Test func `says why it cannot connect`() async throws {
    let uri = try await PostgresForTests.shared.database()
    let error = await #expect(throws: PostgresError.self) {
      try await Database(uri: uri + " dbname=absent", applicationName: "tests").script("SELECT 1")
    }
    #expect(error?.sqlState == "3D000")
    #expect(error?.isTransient == false)
    let missing = await #expect(throws: PostgresError.self) {
      try await Database(uri: "host=/nowhere", applicationName: "tests").script("SELECT 1")
    }
    #expect(missing?.isTransient == true)
  }

  @Test func `prepares more statements than it remembers`() async throws {
    let database = try await open()
    for number in 0..<300 {
      let rows = try await database.execute("SELECT \(number)::int8 + $1", [.integer(1)])
      #expect(rows.integer(0, 0) == Int64(number) + 1)
    }
  }

  private func open() async throws -> Database {
    Database(uri: try await PostgresForTests.shared.database(), applicationName: "tests")
  }

  private func terminate(_ name: String, with other: Database) async throws {
    try await other.execute(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = $1",
      [.text(name)])
  }
}
