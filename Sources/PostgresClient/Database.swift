internal import Threads

/// A PostgreSQL database: one session at a time, on a thread of its own.
///
/// The session opens with the first use. After it was lost, the next transaction opens another.
public actor Database {
  private let uri: String
  private let applicationName: String
  private let opening: String
  private let thread: DedicatedThread
  private var connection: PostgresConnection?
  private var isInTransaction = false
  private var isAbandoned = false

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    thread.asUnownedSerialExecutor()
  }

  /// - Parameters:
  ///   - uri: libpq's connection string.
  ///   - applicationName: what `pg_stat_activity` shows, unless the string names another.
  ///   - silenceMax: a transaction in which we say nothing for longer is ended by the server, so that a
  ///     process that is frozen in the middle of one gives its locks up.
  public init(uri: String, applicationName: String, silenceMax: Duration = .seconds(15)) {
    self.uri = uri
    self.applicationName = applicationName
    let milliseconds = Int(silenceMax / .milliseconds(1))
    opening = "BEGIN; SET LOCAL idle_in_transaction_session_timeout TO \(milliseconds)"
    thread = DedicatedThread(name: "postgres")
  }

  /// Runs `body` between BEGIN and COMMIT; when it throws, nothing of it remains.
  ///
  /// `body` cannot suspend, so nothing else reaches this session in between.
  /// - Parameter isDurable: false lets COMMIT return before the disk has it. A crash of the server may then undo
  ///   the transaction, always as a whole and never out of order.
  @discardableResult
  public func transaction<Value: Sendable>(
    isDurable: Bool = true,
    _ body: @Sendable (isolated Database) throws(PostgresError) -> Value
  ) throws(PostgresError) -> Value {
    precondition(!isInTransaction, "a transaction inside a transaction")
    try begin(isDurable ? opening : opening + "; SET LOCAL synchronous_commit TO off")
    isInTransaction = true
    isAbandoned = false
    defer { isInTransaction = false }
    let value: Value
    do throws(PostgresError) {
      value = try body(self)
    } catch {
      rollBack()
      throw error
    }
    if isAbandoned { rollBack() } else { try commit() }
    return value
  }

  /// Lets the transaction under way end with ROLLBACK; the value of its body is returned all the same.
  public func abandon() {
    precondition(isInTransaction, "no transaction to abandon")
    isAbandoned = true
  }

  /// Runs one statement; values take the places `$1`, `$2` … Outside a transaction it is one of its own.
  @discardableResult
  public func execute(
    _ sql: String, _ values: [PostgresValue] = []
  ) throws(PostgresError) -> PostgresRows {
    try use { (connection) throws(PostgresError) in try connection.execute(sql, values) }
  }

  /// Runs statements divided by semicolons, without values.
  public func script(_ sql: String) throws(PostgresError) {
    try use { (connection) throws(PostgresError) in _ = try connection.script(sql) }
  }

  /// Sends rows with COPY, a part after the other; no rows, no statement.
  /// - Parameter target: table and columns of our own, such as `grounded.outbox (a, b)`.
  public func copy(_ parts: [CopyRows], into target: String) throws(PostgresError) {
    guard parts.contains(where: { !$0.isEmpty }) else { return }
    try use { (connection) throws(PostgresError) in try connection.copy(parts, into: target) }
  }

  /// Closes the session. The next use opens another.
  public func disconnect() {
    precondition(!isInTransaction, "disconnecting inside a transaction")
    connection = nil
  }

  /// An idle session may have died unseen: BEGIN finds out, and is worth a second session.
  private func begin(_ sql: String) throws(PostgresError) {
    let wasOpen = connection?.isAlive ?? false
    do throws(PostgresError) {
      try script(sql)
    } catch {
      guard wasOpen, connection == nil else { throw error }
      try script(sql)
    }
  }

  private func commit() throws(PostgresError) {
    do throws(PostgresError) {
      let tag = try use { (connection) throws(PostgresError) in try connection.script("COMMIT") }
      guard tag == "COMMIT" else { throw .unexpectedAnswer("\(tag) for COMMIT") }
    } catch {
      if connection == nil { throw .commitUnknown(reason: error.reason) }
      throw error
    }
  }

  private func rollBack() {
    do throws(PostgresError) {
      try connection?.script("ROLLBACK")
    } catch {
      connection = nil  // without a session the server rolls back by itself
    }
  }

  /// Gives `body` an open session, and forgets one that was lost under it.
  private func use<Value>(
    _ body: (inout PostgresConnection) throws(PostgresError) -> Value
  ) throws(PostgresError) -> Value {
    guard var session = connection.take() else {
      guard !isInTransaction else { throw .connectionLost(reason: "in an earlier statement") }
      connection = try PostgresConnection(uri: uri, applicationName: applicationName)
      return try use(body)
    }
    do throws(PostgresError) {
      let value = try body(&session)
      connection = consume session
      return value
    } catch {
      let isAlive = session.isAlive && !error.endsSession
      if isAlive { connection = consume session }
      throw isAlive ? error : error.afterLoss
    }
  }
}

extension PostgresError {
  /// True for the last words of a server, which may come before libpq sees the end; and for a server
  /// that only reads: the next session may reach the one that writes.
  fileprivate var endsSession: Bool {
    if case .connectionLost = self { return true }
    return ["57P01", "57P02", "57P03", "57P05", "25P03", "25006"].contains(sqlState)
  }

  /// The same error once the session is gone: the server's last words, if any, keep their code.
  fileprivate var afterLoss: PostgresError {
    switch self {
    case .refused, .connectionLost: self
    default: .connectionLost(reason: reason)
    }
  }

  fileprivate var reason: String {
    switch self {
    case .cannotConnect(_, let reason), .connectionLost(let reason), .commitUnknown(let reason),
      .refused(_, let reason), .cannotStart(let reason), .unexpectedAnswer(let reason):
      reason
    case .zeroInText: "U+0000 in a text"
    }
  }
}
