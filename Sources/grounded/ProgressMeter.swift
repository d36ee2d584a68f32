internal import Synchronization

/// One line on the terminal that says how far long work is; nothing where nobody looks.
final class ProgressMeter: Sendable {
  private struct State {
    var begin = ContinuousClock.now
    var first: Int64?
    var shownAt: ContinuousClock.Instant?
  }

  private let console: Console
  private let state = Mutex(State())

  private static let every = Duration.milliseconds(250)

  init(_ console: Console) { self.console = console }

  /// - Parameter done: what was done before the first call does not count for the speed.
  func show(done: Int64, of total: Int64, unit: String) {
    guard console.isTerminal else { return }
    let line = state.withLock { state -> String? in
      let now = ContinuousClock.now
      if let last = state.shownAt, now - last < Self.every { return nil }
      state.shownAt = now
      let first = state.first ?? done
      state.first = first
      let seconds = (now - state.begin) / .seconds(1)
      let rate = seconds > 0 ? Double(done - first) / seconds : 0
      let share = total > 0 ? Int(100 * done / total) : 100
      let speed = rate < 10 ? "\((rate * 10).rounded() / 10)" : "\(Int(rate))"
      var line = "\(done) of \(total) \(unit) (\(share) %), \(speed) a second"
      if rate > 0 { line += ", \(Self.time(Double(total - done) / rate)) left" }
      return line
    }
    if let line { console.showProgress("\r\u{1B}[K\(line)") }
  }

  /// Leaves the line.
  func end() {
    if state.withLock({ $0.shownAt != nil }) { console.showProgress("\n") }
  }

  static func time(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded(.up))
    if whole < 100 { return "\(whole) s" }
    return whole < 6_000 ? "\(whole / 60) min" : "\(whole / 3_600) h \(whole / 60 % 60) min"
  }
}
