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

  private let settings: Settings
  private let intake: Intake
  private let pipeline: Pipeline
  private let relay: OutboxRelay
  private let databases: [Database]
  private let log: Log

  /// Connects everything; reads nothing yet.
  ///
  /// Throws when the database cannot be used as it is, or Kafka refuses a setting.
  public init(
    _ settings: Settings, grounder: any ReportGrounder, surroundings: Surroundings,
    metrics: ServiceMetrics, log: Log
  ) async throws {
    self.settings = settings
    self.log = log
    let kafkaLog = Self.kafkaLog(log)
    let ledgers = (0..<settings.limits.ledgerSessions).map { _ in
      Database(uri: settings.postgresURI, applicationName: "grounded ledger")
    }
    let outbox = Database(uri: settings.postgresURI, applicationName: "grounded outbox")
    databases = ledgers + [outbox]
    let stores = ledgers.map { PostgresStore(database: $0, campaign: settings.campaign) }
    let grounderRow = try await stores[0].prepare(grounder: grounder.identity)
    let kafka = settings.kafka
    let outboundKafka = kafka.carrying(settings.reportLimits).soonGivenUp
    var limits = settings.limits
    limits.takeOverSettle = limits.outboxLease + outboundKafka.messageTimeout
    let recovery = { (timeout: Duration) in
      OutboxRecovery(
        settings: kafka.overridden(by: KafkaSettings([("group.id", "grounded-recovery")])),
        topics: [settings.groundedTopic, settings.rejectedTopic], timeout: timeout,
        kafkaLog: kafkaLog)
    }
    relay = try OutboxRelay(
      store: PostgresStore(database: outbox, campaign: settings.campaign),
      recovery: recovery(.seconds(30)), ends: recovery(.seconds(5)),
      producer: { () throws(KafkaError) in
        try KafkaProducer(outboundKafka, logger: kafkaLog)
      },
      limits: limits, surroundings: surroundings, metrics: metrics, log: log)
    pipeline = Pipeline(
      workshop: Workshop(
        grounder: grounder, grounderRow: grounderRow, campaign: settings.campaign,
        groundedTopic: settings.groundedTopic, rejectedTopic: settings.rejectedTopic,
        reportLimits: settings.reportLimits, surroundings: surroundings, metrics: metrics),
      stores: stores, relay: relay, limits: settings.limits, surroundings: surroundings,
      metrics: metrics, log: log)
    intake = Intake(
      consumer: try KafkaConsumer(kafka, logger: kafkaLog), topic: settings.generatedTopic,
      policy: settings.policy, pipeline: pipeline, relay: relay, store: stores[0],
      limits: settings.limits, surroundings: surroundings, metrics: metrics, log: log)
  }

  /// Works until `stop`; then finishes what is begun, within the grace, and leaves the rest as it is.
  ///
  /// Throws when a person has to decide how to go on.
  public func run() async throws {
    async let commits: Void = pipeline.run()
    async let publications: Void = relay.run()
    var problem: (any Error)?
    do { try await intake.run() } catch { problem = error }
    let grace = settings.limits.shutdownGrace
    let deadline = ContinuousClock.now + grace
    let isDrained = await pipeline.drain(within: grace * 0.6)
    let isPublished = await relay.drain(within: deadline - .now)
    await pipeline.stop()
    await relay.stop()  // before the group hears of it: the next owner may not meet our rows
    await intake.close(within: min(.seconds(5), grace))
    _ = await (commits, publications)
    for database in databases { await database.disconnect() }
    log.notice("stopped", ["drained": isDrained, "published": isPublished])
    if let problem { throw problem }
  }

  /// Asks `run` to end.
  public func stop() { intake.stop() }

  /// True once the brokers know the inbound topic, while no partition of ours waits to be opened.
  public var isReady: Bool { get async { await intake.isReady } }

  /// Reports and outbox rows that are on their way.
  public var waiting: Int { get async { await pipeline.waiting + relay.backlog } }

  private static func kafkaLog(_ log: Log) -> @Sendable (Int32, String, String) -> Void {
    { level, facility, text in
      let line = "librdkafka: \(text)"
      // CONFWARN: every client is told all properties, and says which ones are not for its kind.
      let isGrave = level <= 4 && facility != "CONFWARN"
      log.write(isGrave ? .warning : .debug, line, ["facility": facility])
    }
  }
}
