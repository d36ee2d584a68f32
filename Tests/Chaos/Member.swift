internal import Glibc

/// One daemon of the group: started again whenever it died, as a service manager would.
actor Member {
  private let words: [String]
  private let log: String
  /// Variables for every start until the fault in them struck.
  private let faults: [String: String]
  /// How long it stays down, or stopped, when a fault of its own strikes.
  private let ownFaultLasts: Duration
  private let environment: [String: String]

  private var child: Child?
  private var startAt: ContinuousClock.Instant? = .now
  private var resumeAt: ContinuousClock.Instant?
  private var downFor = Duration.milliseconds(300)
  private var isAskedToEnd = false
  private var isOver = false
  /// What it did that it should not have done.
  private(set) var misdeeds: [String] = []
  /// Its own fault, given at the start, came true.
  private(set) var ownFaultStruck = false
  private var wasKilledByUs = false

  init(
    _ words: [String], environment: [String: String], faults: [String: String],
    ownFaultLasts: Duration, log: String
  ) {
    self.words = words
    self.environment = environment
    self.faults = faults
    self.ownFaultLasts = ownFaultLasts
    self.log = log
  }

  /// Watches over the daemon until `end`, and until it is gone.
  func run() async {
    while !isOver {
      start()
      look()
      if let time = resumeAt, ContinuousClock.now >= time { resume() }
      try? await Task.sleep(for: .milliseconds(10))  // never cancelled: `end` ends it
    }
  }

  var isFrozen: Bool { resumeAt != nil }

  func kill(downFor time: Duration) -> Bool {
    guard let child else { return false }
    downFor = time
    wasKilledByUs = true
    child.signal(SIGKILL)
    return true
  }

  func freeze(for time: Duration) -> Bool {
    guard let child, resumeAt == nil else { return false }
    resumeAt = .now + time
    child.signal(SIGSTOP)
    return true
  }

  /// Stops in good order, and comes back.
  func leave(for time: Duration) -> Bool {
    guard let child, resumeAt == nil else { return false }
    downFor = time
    child.signal(SIGTERM)
    return true
  }

  /// Nothing holds it back any more.
  func heal() {
    if resumeAt != nil { resume() }
    if child == nil && !isAskedToEnd { startAt = .now }
    downFor = .milliseconds(100)
  }

  /// Stops it for good; true when it ended in good order and in time.
  func end(within time: Duration) async -> Bool {
    isAskedToEnd = true
    heal()
    startAt = nil
    child?.signal(SIGTERM)
    let deadline = ContinuousClock.now + time
    while child != nil, ContinuousClock.now < deadline {
      try? await Task.sleep(for: .milliseconds(10))  // never cancelled
    }
    let isGone = child == nil
    if !isGone {
      misdeeds.append("did not end within \(time) of SIGTERM")
      child?.signal(SIGKILL)
    }
    isOver = true
    return isGone
  }

  private func start() {
    guard child == nil, let time = startAt, ContinuousClock.now >= time else { return }
    startAt = nil
    do throws(Child.Failure) {
      child = try Child(
        words, environment: environment.merging(ownFaultStruck ? [:] : faults) { $1 }, log: log,
        hasOwnGroup: false)
    } catch {
      misdeeds.append("\(error)")
    }
  }

  private func look() {
    guard let child else { return }
    switch child.look() {
    case .running: return
    case .stopped:
      // By us, or by a fault of its own.
      if resumeAt == nil {
        ownFaultStruck = true
        resumeAt = .now + ownFaultLasts
      }
      return
    case .killed(SIGKILL):
      if !wasKilledByUs { ownFaultStruck = true }
    case .killed(let signal):
      // It may be told to end before it listens.
      let isYoung = ContinuousClock.now - child.startedAt < .seconds(2)
      if signal != SIGTERM || !isYoung { misdeeds.append("died of signal \(signal)") }
    case .exited(let status):
      if status != 0 { misdeeds.append("exited with status \(status)") }
    }
    wasKilledByUs = false
    self.child = nil
    resumeAt = nil
    if !isAskedToEnd { startAt = .now + downFor }
    downFor = .milliseconds(300)
  }

  private func resume() {
    resumeAt = nil
    child?.signal(SIGCONT)
  }
}
