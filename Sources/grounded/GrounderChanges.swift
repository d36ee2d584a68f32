internal import FoundationEssentials
internal import GroundingService
internal import Journal
internal import Reports
internal import Threads

/// Loads other grounders beside the one that works, on a thread of its own, and lets them take over, one
/// after another. One that cannot be loaded changes nothing.
actor GrounderChanges {
  private let thread = DedicatedThread(name: "loader")
  private let service: Service
  private let readiness: Readiness
  private let metrics: ServiceMetrics
  private let log: Log
  private var live: Present
  private var shadow: Present?

  /// A grounder at work, and what it was made of.
  struct Present: Sendable {
    let identity: GrounderIdentity
    let fingerprint: GrounderSetup.Fingerprint
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  init(
    _ service: Service, live: Present, readiness: Readiness, metrics: ServiceMetrics, log: Log
  ) {
    self.service = service
    self.live = live
    self.readiness = readiness
    self.metrics = metrics
    self.log = log
  }

  /// Follows the configuration: begins the first one's shadow, then takes over what changes.
  func follow(
    _ first: Configuration, then configurations: AsyncStream<Configuration>
  ) async {
    await changeShadow(to: first)
    for await configuration in configurations {
      await changeLive(to: configuration)
      await changeShadow(to: configuration)
    }
  }

  private func changeLive(to configuration: Configuration) async {
    let setup = GrounderSetup(configuration, after: live.identity)
    do {
      let fingerprint = try setup.fingerprint()
      guard fingerprint != live.fingerprint else { return }
      readiness.status("loading another grounder; the present one works on")
      defer { readiness.status("working") }
      let begin = ContinuousClock.now
      let grounder = try await setup.makeGrounder(surroundings: .real, metrics: metrics, log: log)
      metrics.modelLoaded(in: ContinuousClock.now - begin)
      try await service.change(to: grounder)
      let before = live.identity
      live = Present(identity: grounder.identity, fingerprint: fingerprint)
      metrics.changed(.done)
      metrics.running(version: Grounded.version, grounder: grounder.identity)
      log.notice(
        "another grounder has taken over",
        [
          "before": before.name, "weights before": before.weightsSHA256.prefix(12),
          "grounder": grounder.identity.name,
          "weights": grounder.identity.weightsSHA256.prefix(12),
        ])
    } catch is CancellationError {
      return
    } catch {
      metrics.changed(.failed)
      log.error("the present grounder works on, as the other cannot: \(error)")
    }
  }

  private func changeShadow(to configuration: Configuration) async {
    let fraction = configuration.number("shadow.fraction")
    guard fraction > 0 else {
      if shadow != nil {
        service.endShadow()
        log.notice("the shadow has ended")
      }
      shadow = nil
      return
    }
    let setup = GrounderSetup(configuration, as: .shadow)
    do {
      let fingerprint = try setup.fingerprint()
      guard fingerprint != shadow?.fingerprint else { return }
      // Its stages are not those of live work, and are counted nowhere.
      let grounder = try await setup.makeGrounder(
        surroundings: .real, metrics: ServiceMetrics(), log: log)
      service.shadow(
        with: grounder,
        Shadow.Settings(fraction: fraction, campaign: configuration.text("shadow.campaign")))
      shadow = Present(identity: grounder.identity, fingerprint: fingerprint)
      log.notice(
        "a shadow has begun",
        [
          "grounder": grounder.identity.name, "fraction": fraction,
          "weights": grounder.identity.weightsSHA256.prefix(12),
        ])
    } catch {
      metrics.shadowFailed(.loading)
      log.error("the shadow stays as it is: \(error)")
    }
  }
}
