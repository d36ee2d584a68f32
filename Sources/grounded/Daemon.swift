internal import FoundationEssentials
internal import GroundingService
internal import Journal
internal import PostgresClient
internal import Synchronization
internal import Threads

/// The service as a process: signals, readiness, watchdog and endpoints around it.
struct Daemon: Sendable {
  let configuration: Configuration
  let log: Log
  let readiness: Readiness
  let metrics: ServiceMetrics
  /// Reads the configuration again, as at the start.
  let reread: @Sendable () throws(ConfigurationError) -> Configuration

  /// Runs until a signal ends it.
  ///
  /// Throws when it cannot start, or a person has to decide how to go on.
  func run(until signals: AsyncStream<Signal>) async throws {
    let health = Health()
    let endpoints = try endpoints(health)
    readiness.status("loading the network")
    let begin = ContinuousClock.now
    let grounder = try await GrounderSetup(configuration).makeGrounder(metrics: metrics, log: log)
    metrics.modelLoaded(in: ContinuousClock.now - begin)
    metrics.running(grounder.identity, version: Grounded.version)
    let stopRequest = StopRequest()
    let listener = Task { await heed(signals, stopRequest) }
    defer { listener.cancel() }
    guard let service = try await connected(grounder, stopRequest) else { return }
    stopRequest.whenAsked { service.stop() }
    let watch = Task { await watch(service, health) }
    defer { watch.cancel() }
    log.notice("started", ["version": Grounded.version, "grounder": grounder.identity.name])
    do {
      try await service.run()
    } catch {
      await endpoints?.close()
      throw error
    }
    await endpoints?.close()
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
          settings, grounder: grounder, surroundings: .real, metrics: metrics, log: log)
      } catch let error as PostgresError where error.isTransient {
        attempt += 1
        log.error("the database cannot be used yet: \(error)", ["attempt": attempt])
        readiness.status("waiting for the database")
        readiness.ping()
        try await Task.sleep(for: min(.seconds(5), .milliseconds(200) * attempt))
      }
    }
    return nil
  }

  private func heed(_ signals: AsyncStream<Signal>, _ stopRequest: StopRequest) async {
    for await signal in signals {
      switch signal {
      case .hangUp: reload()
      case .interrupt, .terminate:
        log.notice("stopping", ["signal": "\(signal)"])
        readiness.stopping("finishing what is begun")
        stopRequest.ask()
      }
    }
  }

  /// Takes over what can change while running, and names what cannot.
  private func reload() {
    readiness.reloading()
    defer { readiness.ready() }
    do throws(ConfigurationError) {
      let new = try reread()
      if let level = Log.Level(name: new.text("log.level")) { log.level = level }
      let waiting = configuration.differences(from: new).filter { $0 != "log.level" }
      log.notice(
        "configuration reread", ["restart needed for": waiting.joined(separator: ",")])
    } catch {
      log.error("the configuration stays as it is: \(error)")
    }
  }

  /// Tells the service manager how the daemon fares, as long as work makes progress.
  private func watch(_ service: Service, _ health: Health) async {
    var watchdog = ProgressWatchdog(startedAt: .now)
    let period = readiness.watchdogInterval.map(ProgressWatchdog.period) ?? .seconds(1)
    var wasReading = false
    while !Task.isCancelled {
      let isReading = await service.isReading
      health.isReading.withLock { $0 = isReading }
      if isReading && !wasReading { readiness.ready("reading") }
      wasReading = wasReading || isReading
      switch watchdog.decide(steps: metrics.steps, waiting: await service.waiting, at: .now) {
      case .ping:
        readiness.ping()
        health.silence.withLock { $0 = .zero }
      case .silence(let silence): health.silence.withLock { $0 = silence }
      }
      try? await Task.sleep(for: min(period, .seconds(1)))  // cancelled: the loop ends
    }
  }

  private func endpoints(_ health: Health) throws -> Endpoints? {
    let address = configuration.text("http.listen")
    guard address != "off" else { return nil }
    return try Endpoints(
      listen: address, metrics: metrics, isHealthy: { health.isHealthy },
      isReady: { health.isReading.withLock { $0 } })
  }
}

/// What the endpoints say.
private final class Health: Sendable {
  let isReading = Mutex(false)
  /// How long nothing has moved although work waits.
  let silence = Mutex(Duration.zero)

  var isHealthy: Bool { silence.withLock { $0 } < .seconds(300) }
}

/// A wish to stop that may come before there is something to stop.
private final class StopRequest: Sendable {
  private let state = Mutex<(isAsked: Bool, action: (@Sendable () -> Void)?)>((false, nil))

  var isAsked: Bool { state.withLock { $0.isAsked } }

  func ask() {
    let action = state.withLock { state in
      state.isAsked = true
      return state.action
    }
    action?()
  }

  func whenAsked(_ action: @escaping @Sendable () -> Void) {
    let isAsked = state.withLock { state in
      state.action = action
      return state.isAsked
    }
    if isAsked { action() }
  }
}
