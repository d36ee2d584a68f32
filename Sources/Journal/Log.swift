internal import Glibc
internal import Synchronization

/// Lines for the journal: a level, a message, and fields that vary.
///
/// The message is fixed text, or the description of one of our errors; fields are numbers, names and
/// identifiers. Neither ever holds report text. Both are kept on one line. A message that comes too
/// often is held back and counted (`LogLimiter`).
public struct Log: Sendable {
  /// What can stand in a field.
  public typealias Fields = KeyValuePairs<String, any CustomStringConvertible>

  private let sink: @Sendable (String) -> Void
  private let style: Style
  private let now: @Sendable () -> ContinuousClock.Instant
  private let state: State

  /// - Parameters:
  ///   - level: lines below it are dropped.
  ///   - style: how a line begins.
  ///   - limiter: how often the same message may come.
  ///   - now: the clock that the limiter reads.
  ///   - sink: takes one finished line without its line feed; called from any thread.
  public init(
    level: Level, style: Style, limiter: LogLimiter = LogLimiter(),
    now: @escaping @Sendable () -> ContinuousClock.Instant,
    sink: @escaping @Sendable (String) -> Void
  ) {
    self.sink = sink
    self.style = style
    self.now = now
    state = State(level: level, limiter: limiter)
  }

  /// A log to standard error: for journald unless standard error is a terminal that a person reads.
  public static func standardError(level: Level, environment: [String: String]) -> Log {
    let isForPeople = isatty(STDERR_FILENO) == 1 && environment["JOURNAL_STREAM"] == nil
    return Log(
      level: level, style: isForPeople ? .terminal : .journal, now: { ContinuousClock.now },
      sink: { line in writeLine(line, to: STDERR_FILENO) })
  }

  /// The least level that is written; may be changed while the program runs.
  public var level: Level {
    get { state.level.withLock { $0 } }
    nonmutating set { state.level.withLock { $0 = newValue } }
  }

  /// Something is lost or does not work, and a person should look.
  public func error(_ message: String, _ fields: Fields = [:]) {
    write(.error, message, fields)
  }

  /// Something is not as it should be, and `grounded` goes on.
  public func warning(_ message: String, _ fields: Fields = [:]) {
    write(.warning, message, fields)
  }

  /// A normal event that an operator wants to see: started, reloaded, stopped.
  public func notice(_ message: String, _ fields: Fields = [:]) {
    write(.notice, message, fields)
  }

  /// A normal event.
  public func info(_ message: String, _ fields: Fields = [:]) {
    write(.info, message, fields)
  }

  /// What only helps to find a fault.
  public func debug(_ message: String, _ fields: Fields = [:]) {
    write(.debug, message, fields)
  }

  /// Writes one line, unless the level or the limiter holds it back.
  public func write(_ level: Level, _ message: String, _ fields: Fields = [:]) {
    guard level <= self.level else { return }
    switch state.limiter.withLock({ $0.admit(message, at: now()) }) {
    case .write(let suppressed):
      sink(
        LogLine(level: level, message: message, fields: fields, suppressed: suppressed).text(style))
    case .suppress: break
    }
  }
}

extension Log {
  /// How grave a line is; the numbers are those of syslog and journald.
  public enum Level: Int, Comparable, Sendable, CaseIterable {
    case error = 3
    case warning, notice, info, debug

    /// The level of that name: `error`, `warning`, `notice`, `info` or `debug`.
    public init?(name: String) {
      guard let level = Level.allCases.first(where: { $0.name == name }) else { return nil }
      self = level
    }

    /// The level's name, as the configuration spells it.
    public var name: String { "\(self)" }

    public static func < (one: Level, other: Level) -> Bool { one.rawValue < other.rawValue }
  }

  /// How a line begins.
  public enum Style: Sendable {
    /// `<6>`, which journald takes for the level.
    case journal
    /// `warning: `, and nothing for `info`.
    case terminal
  }

  private final class State: Sendable {
    let level: Mutex<Level>
    let limiter: Mutex<LogLimiter>

    init(level: Level, limiter: LogLimiter) {
      self.level = Mutex(level)
      self.limiter = Mutex(limiter)
    }
  }
}

/// Writes the line and its line feed; in one call, so that lines of several threads do not mix.
private func writeLine(_ line: String, to descriptor: Int32) {
  let bytes = Array((line + "\n").utf8)
  var start = 0
  while start < bytes.count {
    let count = bytes[start...].withUnsafeBytes {
      Glibc.write(descriptor, $0.baseAddress, $0.count)
    }
    if count < 0 && errno == EINTR { continue }
    guard count > 0 else { return }  // nobody can be told that the journal is gone
    start += count
  }
}
