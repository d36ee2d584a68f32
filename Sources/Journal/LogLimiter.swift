/// Holds back a message that comes too often: a broken image server must not fill the journal.
///
/// A message may come `burst` times in each `window`; the next line of it says how many were held
/// back.
public struct LogLimiter: Sendable {
  /// What becomes of a line.
  public enum Decision: Hashable, Sendable {
    case write(suppressed: Int)
    case suppress
  }

  private struct Record {
    var windowEnd: ContinuousClock.Instant
    var written: Int
    var suppressed: Int
  }

  /// Distinct messages remembered; beyond it all are forgotten.
  private static let messagesMax = 1_000

  private let burst: Int
  private let window: Duration
  private var records: [String: Record] = [:]

  public init(burst: Int = 20, window: Duration = .seconds(10)) {
    precondition(burst > 0 && window > .zero, "a limit of \(burst) in \(window)")
    self.burst = burst
    self.window = window
  }

  /// Decides on one line of that message.
  public mutating func admit(_ message: String, at now: ContinuousClock.Instant) -> Decision {
    guard var record = records[message], now < record.windowEnd else {
      let suppressed = records[message]?.suppressed ?? 0
      if records.count >= Self.messagesMax { records.removeAll() }
      records[message] = Record(windowEnd: now + window, written: 1, suppressed: 0)
      return .write(suppressed: suppressed)
    }
    defer { records[message] = record }
    guard record.written < burst else {
      record.suppressed += 1
      return .suppress
    }
    record.written += 1
    return .write(suppressed: 0)
  }
}
