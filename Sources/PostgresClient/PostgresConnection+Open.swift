internal import CLibPQ
internal import Glibc

extension Database {
  /// Whether libpq can read this connection string. Its own words might quote a password, and so might
  /// what it says later of a port that is none.
  public static func accepts(uri: String) -> Bool {
    guard let options = PQconninfoParse(uri, nil) else { return false }
    defer { PQconninfoFree(options) }
    var option = options
    while let keyword = option.pointee.keyword {
      if String(cString: keyword) == "port", let value = option.pointee.val {
        let ports = String(cString: value).split(separator: ",", omittingEmptySubsequences: false)
        guard ports.allSatisfy({ $0.isEmpty || UInt16($0) ?? 0 > 0 }) else { return false }
      }
      option += 1
    }
    return true
  }
}

extension PostgresConnection {
  /// Opens a session within `connect_timeout` (10 seconds unless the string says otherwise).
  ///
  /// - Parameter uri: libpq's connection string, `host=… dbname=…` or `postgresql://…`.
  init(uri: String, applicationName: String) throws(PostgresError) {
    let handle = Self.start(uri: uri, applicationName: applicationName)
    guard let handle else { throw .cannotConnect(sqlState: nil, reason: "no memory") }
    // Adds the state to what libpq says of a refusal: it keeps it nowhere else.
    PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
    let isTimely = Self.finish(handle)
    guard isTimely, PQstatus(handle) == CONNECTION_OK else {
      let message = String(cString: PQerrorMessage(handle))
      PQfinish(handle)
      throw isTimely
        ? Self.refusal(message)
        : .cannotConnect(sqlState: nil, reason: "no answer within connect_timeout")
    }
    self.init(owning: handle)
  }

  /// What comes before the string is overridden by it; what comes after overrides it.
  private static func start(uri: String, applicationName: String) -> OpaquePointer? {
    let parameters = [
      ("connect_timeout", "10"), ("keepalives_idle", "15"), ("keepalives_interval", "5"),
      ("keepalives_count", "3"), ("tcp_user_timeout", "30000"),
      ("fallback_application_name", applicationName), ("dbname", uri),
      ("client_encoding", "UTF8"),
    ]
    let keywords = parameters.map { strdup($0.0) }
    let values = parameters.map { strdup($0.1) }
    defer { for text in keywords + values { free(text) } }
    let keywordPointers = keywords.map { UnsafePointer($0) } + [nil]
    let valuePointers = values.map { UnsafePointer($0) } + [nil]
    return PQconnectStartParams(keywordPointers, valuePointers, 1)
  }

  /// False when the time ran out.
  private static func finish(_ handle: OpaquePointer) -> Bool {
    guard PQstatus(handle) != CONNECTION_BAD else { return true }
    let deadline = ContinuousClock.now + .seconds(timeout(handle))
    var wants = PGRES_POLLING_WRITING
    while wants == PGRES_POLLING_READING || wants == PGRES_POLLING_WRITING {
      let remaining = deadline - .now
      guard remaining > .zero else { return false }
      let events = wants == PGRES_POLLING_READING ? POLLIN : POLLOUT
      var descriptor = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
      let milliseconds = remaining / .milliseconds(1)
      let ready = poll(&descriptor, 1, Int32(max(1, min(milliseconds, 60_000))))
      if ready > 0 { wants = PQconnectPoll(handle) }
    }
    return true
  }

  private static func timeout(_ handle: OpaquePointer) -> Int {
    guard let options = PQconninfo(handle) else { return 10 }
    defer { PQconninfoFree(options) }
    var option = options
    while let keyword = option.pointee.keyword {
      if String(cString: keyword) == "connect_timeout", let value = option.pointee.val {
        let seconds = Int(String(cString: value)) ?? 10
        return seconds <= 0 ? 3_600 : max(2, seconds)
      }
      option += 1
    }
    return 10
  }

  /// Takes the state out of `… FATAL:  57P03: the database system is starting up`.
  static func refusal(_ message: String) -> PostgresError {
    let parts = firstLine(message).split(separator: ": ").map { part in
      String(part.drop { $0 == " " })
    }
    let place = parts.firstIndex { part in
      part.utf8.count == 5 && part.utf8.contains { (48...57).contains($0) }
        && part.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
    }
    guard let place else { return .cannotConnect(sqlState: nil, reason: firstLine(message)) }
    return .cannotConnect(
      sqlState: parts[place], reason: parts[(place + 1)...].joined(separator: ": "))
  }
}
