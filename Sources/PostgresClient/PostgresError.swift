/// What can go wrong between us and PostgreSQL. No message carries a value of a row.
public enum PostgresError: Error, Hashable, Sendable {
  /// No session could be opened. The state is the server's, nil when none answered.
  case cannotConnect(sqlState: String?, reason: String)
  /// The session ended under a statement, which was not committed.
  case connectionLost(reason: String)
  /// The session ended under COMMIT: what was written is there as a whole, or not at all.
  case commitUnknown(reason: String)
  /// The server refused a statement.
  case refused(sqlState: String, reason: String)
  /// A text holds U+0000.
  case zeroInText
  /// The answer has another shape than the statement promised.
  case unexpectedAnswer(String)
  /// A private server could not be set up.
  case cannotStart(reason: String)
}

extension PostgresError {
  /// The server's five-character code; nil when the error is not the server's.
  public var sqlState: String? {
    switch self {
    case .refused(let state, _): state
    case .cannotConnect(let state, _): state
    default: nil
    }
  }

  /// True when the same work may succeed later, with nobody having to change it.
  ///
  /// After `.commitUnknown` it may also have succeeded already: read the position first.
  public var isTransient: Bool {
    switch self {
    case .connectionLost, .commitUnknown: true
    case .cannotConnect(let state, _): state.map(Self.isTransient) ?? true
    case .refused(let state, _): Self.isTransient(state)
    case .zeroInText, .unexpectedAnswer, .cannotStart: false
    }
  }

  private static func isTransient(_ state: String) -> Bool {
    switch state {
    case "57P01", "57P02", "57P03", "57P05": true  // shutting down, crashed, starting, idle
    case "57014": true  // cancelled, or past its time
    case "25006": true  // read-only: a standby, or an operator's doing
    case "25P03": true  // idle in a transaction for too long
    case "55P03", "55006": true  // a lock not given in time; in use
    case "40001", "40P01", "40003": true  // serialization, deadlock, completion unknown
    case "58030": true  // input or output failed
    default: state.hasPrefix("53") || state.hasPrefix("08")  // resources; connection
    }
  }
}

extension PostgresError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .cannotConnect(let state, let reason):
      "PostgreSQL is not reached\(state.map { " (\($0))" } ?? ""): \(reason). "
        + "Check “postgres.uri” and that the server runs."
    case .connectionLost(let reason):
      "The session with PostgreSQL ended: \(reason). Nothing of it was written; it is tried again."
    case .commitUnknown(let reason):
      "The session ended under COMMIT: \(reason). Read the position to learn what was written."
    case .refused(let state, let reason):
      "PostgreSQL refused a statement (\(state)): \(reason). \(Self.advice(for: state))"
    case .zeroInText:
      "A text holds U+0000, which PostgreSQL cannot store. Replace it before writing."
    case .unexpectedAnswer(let what):
      "PostgreSQL answered something else than expected: \(what). Run “grounded migrate --check”."
    case .cannotStart(let reason):
      "The private PostgreSQL did not start: \(reason)."
    }
  }

  private static func advice(for state: String) -> String {
    switch state {
    case "53100": "Free space on the database's disk."
    case "53300": "Raise max_connections or close other sessions."
    case "25006": "Connect to the primary, or end its read-only mode."
    case "42P01", "42703", "3F000", "42883": "Run “grounded migrate”."
    case "42501": "Grant this user the role grounded_writer."
    default: isTransient(state) ? "It is tried again." : "Correct its cause before trying again."
    }
  }
}

extension PostgresError {
  /// The server's own words, unless they may quote a value: those of data exceptions (class 22).
  static func refusal(_ state: String, _ message: String) -> PostgresError {
    .refused(
      sqlState: state,
      reason: state.hasPrefix("22") ? "a value does not fit its type" : message)
  }
}
