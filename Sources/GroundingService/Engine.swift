internal import Journal
internal import KafkaClient
internal import PostgresClient
internal import Reports

/// What every run over messages has, live work and replays alike: the pipeline into the ledger, and the
/// relay out of it.
struct Engine: Sendable {
  let pipeline: Pipeline
  /// Nil when nothing is to be published.
  let relay: OutboxRelay?
  /// For opening partitions.
  let store: PostgresStore
  let grounders: GrounderSlot
  private let databases: [Database]

  /// Connects to the ledger and notes campaign and grounder there.
  ///
  /// Throws when the database cannot be used as it is, or Kafka refuses a setting.
  init(
    _ settings: Service.Settings, grounder: any ReportGrounder,
    shadows: ShadowSlot = ShadowSlot(), publishes: Bool, surroundings: Surroundings,
    metrics: ServiceMetrics, log: Log
  ) async throws {
    let ledgers = (0..<settings.limits.ledgerSessions).map { _ in
      Database(uri: settings.postgresURI, applicationName: "grounded ledger")
    }
    let stores = ledgers.map { PostgresStore(database: $0, campaign: settings.campaign) }
    store = stores[0]
    grounders = GrounderSlot(grounder, row: try await store.prepare(grounder: grounder.identity))
    let outbound = publishes ? settings.outboundTopics : nil
    var databases = ledgers
    if let outbound {
      let outbox = Database(uri: settings.postgresURI, applicationName: "grounded outbox")
      databases.append(outbox)
      relay = try Self.relay(
        settings, outbound, on: PostgresStore(database: outbox, campaign: settings.campaign),
        surroundings: surroundings, metrics: metrics, log: log)
    } else {
      relay = nil
    }
    self.databases = databases
    pipeline = Pipeline(
      workshop: Workshop(
        grounders: grounders, shadows: shadows, campaign: settings.campaign, outbound: outbound,
        reportLimits: settings.reportLimits, surroundings: surroundings,
        metrics: metrics),
      stores: stores, relay: relay, limits: settings.limits, surroundings: surroundings,
      metrics: metrics, log: log)
  }

  private static func relay(
    _ settings: Service.Settings, _ outbound: OutboundTopics, on store: PostgresStore,
    surroundings: Surroundings, metrics: ServiceMetrics, log: Log
  ) throws -> OutboxRelay {
    let kafkaLog = log.ofKafka
    let producer = settings.kafka.carrying(settings.reportLimits).soonGivenUp
    var limits = settings.limits
    // librdkafka looks for messages that are too old once a second.
    limits.takeOverSettle = limits.outboxLease + producer.messageTimeout + .seconds(1)
    let recovery = { (timeout: Duration) in
      OutboxRecovery(
        settings: settings.kafka.overridden(
          by: KafkaSettings([("group.id", "grounded-recovery")])),
        topics: outbound.all, timeout: timeout, kafkaLog: kafkaLog)
    }
    return try OutboxRelay(
      store: store, recovery: recovery(.seconds(30)), ends: recovery(.seconds(5)),
      rejectedTopic: outbound.rejected,
      producer: { () throws(KafkaError) in try KafkaProducer(producer, logger: kafkaLog) },
      limits: limits, surroundings: surroundings, metrics: metrics, log: log)
  }

  /// Commits and publishes while `work` feeds the pipeline, and for `end` after it.
  ///
  /// - Parameter end: finishes what is begun, as long as it likes.
  func run(_ work: () async -> Void, end: () async -> Void) async {
    async let commits: Void = pipeline.run()
    async let publications: Void? = relay?.run()
    await work()
    await pipeline.stop()
    await relay?.stop()  // before the group hears of it: the next owner may not meet our rows
    await end()
    _ = await (commits, publications)
    for database in databases { await database.disconnect() }
  }
}

extension Service.Settings {
  fileprivate var outboundTopics: OutboundTopics {
    OutboundTopics(grounded: groundedTopic, rejected: rejectedTopic)
  }
}

extension Log {
  /// librdkafka's lines in the log.
  var ofKafka: @Sendable (Int32, String, String) -> Void {
    { level, facility, text in
      let line = "librdkafka: \(text)"
      // CONFWARN: every client is told all properties, and says which ones are not for its kind.
      let isGrave = level <= 4 && facility != "CONFWARN"
      write(isGrave ? .warning : .debug, line, ["facility": facility])
    }
  }
}
