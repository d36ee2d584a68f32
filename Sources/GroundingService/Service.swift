public import Journal
public import KafkaClient
internal import PostgresClient
public import Reports

/// The daemon: everything between the inbound topic and the outbound ones.
public struct Service: Sendable {
  /// What a daemon is told.
  public struct Settings: Sendable {
    /// librdkafka's properties, shared by consumer, producer and recovery.
    public var kafka: KafkaSettings
    public var generatedTopic = "reports.generated"
    public var groundedTopic = "reports.grounded"
    public var rejectedTopic = "reports.rejected"
    public var postgresURI: String
    public var campaign = "live"
    public var policy = Intake.Policy()
    public var limits = Limits()
    public var reportLimits = ReportLimits()

    public init(kafka: KafkaSettings, postgresURI: String) {
      self.kafka = kafka
      self.postgresURI = postgresURI
    }
  }

  let settings: Settings
  let shadows = ShadowSlot()
  let surroundings: Surroundings
  let metrics: ServiceMetrics
  let log: Log
  let engine: Engine
  private let intake: Intake

  /// Connects everything; reads nothing yet.
  ///
  /// Throws when the database cannot be used as it is, or Kafka refuses a setting.
  public init(
    _ settings: Settings, grounder: any ReportGrounder, surroundings: Surroundings,
    metrics: ServiceMetrics, log: Log
  ) async throws {
    self.settings = settings
    self.surroundings = surroundings
    self.metrics = metrics
    self.log = log
    engine = try await Engine(
      settings, grounder: grounder, shadows: shadows, publishes: true, surroundings: surroundings,
      metrics: metrics, log: log)
    intake = Intake(
      consumer: try KafkaConsumer(settings.kafka, logger: log.ofKafka),
      topic: settings.generatedTopic, policy: settings.policy, pipeline: engine.pipeline,
      relay: engine.relay, store: engine.store, limits: settings.limits,
      surroundings: surroundings, metrics: metrics, log: log)
  }

  /// Works until `stop`; then finishes what is begun, within the grace, and leaves the rest as it is.
  ///
  /// Throws when a person has to decide how to go on.
  public func run() async throws {
    var problem: (any Error)?
    let grace = settings.limits.shutdownGrace
    await engine.run {
      do { try await intake.run() } catch { problem = error }
      shadows.close()
      let deadline = ContinuousClock.now + grace
      let isDrained = await engine.pipeline.drain(within: grace * 0.6)
      let isPublished = await engine.relay?.drain(within: deadline - .now) ?? true
      log.notice("stopping", ["drained": isDrained, "published": isPublished])
    } end: {
      await intake.close(within: min(.seconds(5), grace))
    }
    log.notice("stopped")
    if let problem { throw problem }
  }

  /// Asks `run` to end.
  public func stop() { intake.stop() }

  /// True once the brokers know the inbound topic, while no partition of ours waits to be opened.
  public var isReady: Bool { get async { await intake.isReady } }

  /// Reports and outbox rows that are on their way.
  public var waiting: Int {
    get async { await engine.pipeline.waiting + (engine.relay?.backlog ?? 0) }
  }
}
