public import FoundationEssentials
public import PostgresClient
internal import Reports

/// The numbered SQL files that make the ledger's tables; forward only.
public struct Migrations: Sendable {
  /// How a database stands to the files.
  public enum State: Hashable, Sendable {
    case current(Int)
    /// These files are still to be applied.
    case pending([String])
    /// The database has seen files that are not here: a newer program was at it.
    case ahead([String])
    /// These files are not what was once applied.
    case altered([String])

    public var isCurrent: Bool { if case .current = self { true } else { false } }
  }

  struct File: Sendable {
    let number: Int
    let name: String
    let sql: String
    let checksum: String
  }

  let files: [File]
  private static let filesMax = 9_999

  /// Reads `0001_name.sql`, `0002_name.sql` …; other files are not looked at.
  public init(folder: URL) throws(MigrationError) {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    } catch {
      throw .unreadable(folder.path)
    }
    var files: [File] = []
    for name in names.sorted() {
      guard name.hasSuffix(".sql"), let number = Int(name.prefix { $0 != "_" }) else { continue }
      guard let bytes = try? Data(contentsOf: folder.appending(path: name)),  // the reason is ours
        let sql = String(bytes: bytes, encoding: .utf8)
      else { throw .unreadable(name) }
      guard number == files.count + 1, number <= Self.filesMax else {
        throw .gap(expected: files.count + 1, found: name)
      }
      let checksum = SHA256.hex(of: [UInt8](bytes))
      files.append(File(number: number, name: name, sql: sql, checksum: checksum))
    }
    guard !files.isEmpty else { throw .empty(folder.path) }
    self.files = files
  }

  /// Compares a database with the files; changes nothing.
  public func check(_ database: Database) async throws(PostgresError) -> State {
    let files = files
    return try await database.transaction { session throws(PostgresError) in
      Self.state(of: files, applied: try session.appliedMigrations())
    }
  }

  /// Applies what is pending, each file in a transaction of its own, one program at a time.
  /// - Returns: names of the files that were applied now.
  @discardableResult
  public func apply(to database: Database) async throws -> [String] {
    var applied: [String] = []
    for file in files {
      if try await apply(file, to: database) { applied.append(file.name) }
    }
    return applied
  }

  private func apply(_ file: File, to database: Database) async throws -> Bool {
    let files = files
    let state: State = try await database.transaction { session throws(PostgresError) in
      try session.execute("SELECT pg_advisory_xact_lock($1)", [.integer(Self.lock)])
      let applied = try session.appliedMigrations()
      let state = Self.state(of: files, applied: applied)
      guard case .pending(let names) = state, names.first == file.name else { return state }
      if file.number == 1 { try session.prepareForMigrations() }
      try session.script(file.sql)
      try session.execute(
        "INSERT INTO grounded.migration (number, name, checksum) VALUES ($1, $2, $3)",
        [.integer(Int64(file.number)), .text(file.name), .text(file.checksum)])
      return state
    }
    switch state {
    case .pending(let names): return names.first == file.name
    case .current: return false
    case .ahead(let names): throw MigrationError.ahead(names)
    case .altered(let names): throw MigrationError.altered(names)
    }
  }

  static func state(of files: [File], applied: [Applied]) -> State {
    let ahead = applied.filter { $0.number > files.count }
    if !ahead.isEmpty { return .ahead(ahead.map(\.name)) }
    let altered = applied.filter { files[$0.number - 1].checksum != $0.checksum }
    if !altered.isEmpty { return .altered(altered.map(\.name)) }
    let pending = files.dropFirst(applied.count)
    return pending.isEmpty ? .current(files.count) : .pending(pending.map(\.name))
  }

  struct Applied: Sendable {
    let number: Int
    let name: String
    let checksum: String
  }

  /// Any number that no other program takes.
  private static let lock: Int64 = 0x67_72_6f_75_6e_64
}

extension Database {
  /// In order; empty in a database without our schema.
  fileprivate func appliedMigrations() throws(PostgresError) -> [Migrations.Applied] {
    guard !(try execute("SELECT to_regclass('grounded.migration')::text")).isNull(0, 0) else {
      return []
    }
    let rows = try execute(
      "SELECT number, name, checksum FROM grounded.migration ORDER BY number")
    return try (0..<rows.count).map { row throws(PostgresError) in
      let number = Int(try rows.required(row, 0))
      guard number == row + 1 else {
        throw .unexpectedAnswer("grounded.migration does not count from 1")
      }
      return Migrations.Applied(
        number: number, name: rows.text(row, 1) ?? "", checksum: rows.text(row, 2) ?? "")
    }
  }

  fileprivate func prepareForMigrations() throws(PostgresError) {
    if try execute("SELECT to_regnamespace('grounded')::text").isNull(0, 0) {
      try script("CREATE SCHEMA grounded")
    }
    try script(
      """
      CREATE TABLE grounded.migration (
        number int PRIMARY KEY,
        name text NOT NULL,
        checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE grounded.migration IS
        'Which files made these tables, and their SHA-256 at that time.';
      """)
  }
}
