internal import Glibc
internal import GroundingService
internal import Journal
internal import Synchronization
internal import Threads

/// Watches the daemon from a thread of its own, which goes on when everything else hangs: tells the
/// service manager that all is well, and ends a process in which nothing will move any more.
final class Watch: Sendable {
  private struct State {
    var watchdog: ProgressWatchdog
    var waiting = 0
    var isReady = false
    var answers: UInt64 = 0
    var hasSaidReady = false
    var isOver = false
  }

  private let state: Mutex<State>
  private let stuckAfter: Duration
  private let readiness: Readiness
  private let endpoints: Endpoints
  private let metrics: ServiceMetrics
  private let log: Log
  private let end: @Sendable () -> Void

  /// - Parameters:
  ///   - stuckAfter: so long something may stand still.
  ///   - end: ends the process.
  init(
    startedAt: ContinuousClock.Instant, stuckAfter: Duration, readiness: Readiness,
    endpoints: Endpoints, metrics: ServiceMetrics, log: Log, end: @escaping @Sendable () -> Void
  ) {
    state = Mutex(
      State(watchdog: ProgressWatchdog(startedAt: startedAt, stuckAfter: stuckAfter)))
    self.stuckAfter = stuckAfter
    self.readiness = readiness
    self.endpoints = endpoints
    self.metrics = metrics
    self.log = log
    self.end = end
  }

  /// How often to look.
  var period: Duration {
    min(readiness.watchdogInterval.map(ProgressWatchdog.period) ?? .seconds(1), .milliseconds(250))
  }

  /// Asks the service how it fares, again and again, until the task is cancelled.
  func ask(_ service: Service) async {
    while !Task.isCancelled {
      hear(waiting: await service.waiting, isReady: await service.isReady)
      let isWaited = state.withLock { !$0.hasSaidReady }
      try? await Task.sleep(for: isWaited ? .milliseconds(20) : period)  // cancelled: it ends
    }
  }

  /// What the service says of itself.
  func hear(waiting: Int, isReady: Bool) {
    let isNew = state.withLock { state in
      state.waiting = waiting
      state.isReady = isReady
      state.answers += 1
      defer { state.hasSaidReady = state.hasSaidReady || isReady }
      return isReady && !state.hasSaidReady
    }
    if isNew { readiness.ready("working") }
  }

  /// Judges what the daemon has done since the last look.
  func look(at now: ContinuousClock.Instant) {
    let (decision, isReady) = state.withLock { state in
      let signs = ProgressWatchdog.Signs(
        steps: metrics.steps, waiting: state.waiting, turns: metrics.intakeTurns,
        answers: state.answers, isExcused: metrics.isWaitingForOthers)
      return (state.watchdog.decide(signs, at: now), state.isReady)
    }
    switch decision {
    case .ping:
      readiness.ping()
      endpoints.enter(isReady ? .ready : .starting)
    case .silence(let silence):
      if silence > stuckAfter / 2 { endpoints.enter(.stalled) }
    case .stuck(let part, let silence):
      endpoints.enter(.stalled)
      readiness.status("nothing moves: \(part.rawValue) has stood still; starting again")
      log.error(
        "nothing moves any more: the process ends, to be started again",
        ["stands still": part.rawValue, "seconds": Int(silence / .seconds(1))])
      end()
    }
  }

  /// Ends `Guard.stand`.
  func stop() { state.withLock { $0.isOver = true } }

  var isOver: Bool { state.withLock { $0.isOver } }
}

/// The thread on which a watch stands. Nothing that it does waits for another thread's leisure.
actor Guard {
  private let thread = DedicatedThread(name: "watch")

  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// Looks until the watch is over.
  func stand(_ watch: Watch) {
    while !watch.isOver {
      watch.look(at: .now)
      usleep(UInt32(watch.period / .microseconds(1)))
    }
  }
}
