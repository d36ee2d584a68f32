internal import FoundationEssentials
internal import GroundingService
internal import Journal
internal import PostgresClient
internal import Reports
internal import Synchronization
internal import Threads

/// The service as a process: signals, readiness, watchdog and endpoints around it.
struct Daemon: Sendable {
  let configuration: Configuration
  let log: Log
  let readiness: Readiness
  let metrics: ServiceMetrics
  /// Ends a process that hangs, at once.
  let end: @Sendable () -> Void
  let surroundings: Surroundings
  /// Reads the configuration again, as at the start.
  let reread: @Sendable () throws(ConfigurationError) -> Configuration

  /// Runs until a signal ends it.
  ///
  /// Throws when it cannot start, or a person has to decide how to go on.
  func run(until signals: AsyncStream<Signal>) async throws {
    let endpoints = Endpoints(metrics: metrics)
    let address = configuration.text("http.listen")
    let listener = address == "off" ? nil : try endpoints.listen(at: address)
    let stopRequest = StopRequest()
    let (changes, wish) = AsyncStream.makeStream(
      of: Configuration.self, bufferingPolicy: .bufferingNewest(1))
    let ears = Task { await heed(signals, stopRequest, endpoints, wish) }
    defer { ears.cancel() }
    let end = End()
    let working = Task {
      do {
        try await work(stopRequest, endpoints, changes)
        end.come(nil)
      } catch {
        end.come(error)
      }
    }
    defer { working.cancel() }
    let limit = configuration.duration("shutdown.grace") + Self.stopMargin
    while !end.hasCome {
      if let asked = stopRequest.askedAt, ContinuousClock.now - asked > limit {
        log.error("a server does not answer; what is not in the ledger will be read again")
        return
      }
      try await Task.sleep(for: .milliseconds(50))
    }
    await listener?.close()
    if let problem = end.problem { throw problem }
  }

  /// So long after shutdown.grace the process ends, whoever still owes it an answer.
  private static let stopMargin = Duration.seconds(5)

  private func work(
    _ stopRequest: StopRequest, _ endpoints: Endpoints, _ changes: AsyncStream<Configuration>
  ) async throws {
    readiness.status("loading the network")
    let begin = ContinuousClock.now
    let setup = GrounderSetup(configuration)
    let grounder = try await setup.makeGrounder(
      surroundings: surroundings, metrics: metrics, log: log)
    let identity = grounder.identity
    let fingerprint = try setup.fingerprint(weightsSHA256: identity.weightsSHA256)
    metrics.modelLoaded(in: ContinuousClock.now - begin)
    metrics.running(version: Grounded.version, grounder: identity)
    guard let service = try await connected(grounder, stopRequest) else { return }
    let watch = Watch(
      startedAt: .now, stuckAfter: configuration.duration("watchdog.stuck"),
      readiness: readiness, endpoints: endpoints, metrics: metrics, log: log, end: end)
    stopRequest.whenAsked {
      watch.stop()
      service.stop()
    }
    let follower = GrounderChanges(
      service, live: GrounderChanges.Present(identity: identity, fingerprint: fingerprint),
      readiness: readiness, metrics: metrics, log: log)
    let tasks = [
      Task { await watch.ask(service) }, Task { await Guard().stand(watch) },
      Task { await follower.follow(configuration, then: changes) },
    ]
    defer {
      watch.stop()
      for task in tasks { task.cancel() }
    }
    log.notice(
      "started",
      [
        "version": Grounded.version, "grounder": identity.name,
        "weights": identity.weightsSHA256.prefix(12),
      ])
    try await service.run()
  }

  /// The service once the database is there; nil when a signal came first.
  ///
  /// A database that is down is waited for; one whose schema is not ours is an error.
  private func connected(
    _ grounder: any ReportGrounder, _ stopRequest: StopRequest
  ) async throws -> Service? {
    let settings = try ServiceSetup(configuration).settings()
    var attempt = 0
    while !stopRequest.isAsked {
      do {
        try await SchemaCheck.run(configuration)
        return try await Service(
          settings, grounder: grounder, surroundings: surroundings, metrics: metrics, log: log)
      } catch let error as PostgresError where error.isTransient {
        attempt += 1
        metrics.retried(.start)
        log.error("the database cannot be used yet: \(error)", ["attempt": attempt])
        readiness.status("waiting for the database")
        readiness.ping()
        try await Task.sleep(
          for: settings.limits.backoff.wait(after: attempt, random: Double.random(in: 0..<1)))
      }
    }
    return nil
  }

  private func heed(
    _ signals: AsyncStream<Signal>, _ stopRequest: StopRequest, _ endpoints: Endpoints,
    _ wish: AsyncStream<Configuration>.Continuation
  ) async {
    for await signal in signals {
      switch signal {
      case .hangUp: reload(isReady: endpoints.isReady, wish)
      case .interrupt, .terminate:
        log.notice("stopping", ["signal": "\(signal)"])
        endpoints.enter(.stopping)
        readiness.stopping("finishing what is begun")
        stopRequest.ask()
      }
    }
  }

  /// Takes over what can change while running, and names what cannot. Another grounder is loaded
  /// meanwhile.
  private func reload(isReady: Bool, _ wish: AsyncStream<Configuration>.Continuation) {
    // systemd takes the end of a reload for readiness.
    if isReady { readiness.reloading() }
    defer { if isReady { readiness.ready() } }
    do throws(ConfigurationError) {
      let new = try reread()
      if let level = Log.Level(name: new.text("log.level")) { log.level = level }
      let waiting = configuration.differences(from: new).filter {
        $0 != "log.level" && !GrounderSetup.concerns($0)
      }
      wish.yield(new)
      log.notice(
        "configuration reread", ["restart needed for": waiting.joined(separator: ",")])
    } catch {
      metrics.changed(.failed)
      log.error("the configuration stays as it is: \(error)")
    }
  }
}

extension Configuration {
  /// The keys whose values are not the same in both.
  fileprivate func differences(from other: Configuration) -> [String] {
    Set(settings.keys).union(other.settings.keys).sorted()
      .filter { settings[$0]?.value != other.settings[$0]?.value }
  }
}

/// A wish to stop that may come before there is something to stop.
private final class StopRequest: Sendable {
  private struct State {
    var askedAt: ContinuousClock.Instant?
    var action: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  var askedAt: ContinuousClock.Instant? { state.withLock { $0.askedAt } }
  var isAsked: Bool { askedAt != nil }

  func ask() {
    let action = state.withLock { state in
      state.askedAt = state.askedAt ?? .now
      return state.action
    }
    action?()
  }

  func whenAsked(_ action: @escaping @Sendable () -> Void) {
    let isAsked = state.withLock { state in
      state.action = action
      return state.askedAt != nil
    }
    if isAsked { action() }
  }
}

/// The end of the work, and what brought it about.
private final class End: Sendable {
  private let state = Mutex<(hasCome: Bool, problem: (any Error)?)>((false, nil))

  var hasCome: Bool { state.withLock { $0.hasCome } }
  var problem: (any Error)? { state.withLock { $0.problem } }

  func come(_ problem: (any Error)?) { state.withLock { $0 = (true, problem) } }
}
