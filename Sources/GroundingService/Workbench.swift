public import FoundationEssentials
public import KafkaClient
public import PostgresClient

/// A private PostgreSQL and Kafka brokers in this process: all that a daemon needs, for one run.
///
/// For the demonstration, for measurements and for tests. PostgreSQL has a temporary folder of its own,
/// which `close` removes.
public final class Workbench: Sendable {
  public let postgres: PrivatePostgres
  public let brokers: MockBrokers

  /// Starts both, applies the migrations and creates the topics.
  ///
  /// - Parameters:
  ///   - partitions: of each topic.
  ///   - isDurable: false lets PostgreSQL lie about having written; for tests only.
  public static func open(
    migrations: URL, topics: [String], partitions: Int, isDurable: Bool
  ) async throws -> Workbench {
    let bench = Workbench(
      postgres: try PrivatePostgres(isDurable: isDurable), brokers: try MockBrokers(count: 1))
    do {
      for topic in topics { try bench.brokers.createTopic(topic, partitions: partitions) }
      try await bench.postgres.start()
      let database = Database(uri: bench.postgres.uri, applicationName: "grounded workbench")
      _ = try await Migrations(folder: migrations).apply(to: database)
      await database.disconnect()
    } catch {
      await bench.close()
      throw error
    }
    return bench
  }

  private init(postgres: PrivatePostgres, brokers: MockBrokers) {
    self.postgres = postgres
    self.brokers = brokers
  }

  /// librdkafka's properties for clients of these brokers.
  ///
  /// A fetch that finds nothing is answered when its whole wait is over, also if messages come meanwhile,
  /// as they would not be by real brokers; hence the short one. And when a member leaves, its group waits
  /// for almost a whole session before others are given its partitions; hence the short session.
  public var kafka: KafkaSettings {
    KafkaSettings([
      ("bootstrap.servers", brokers.addresses), ("group.id", "grounded"), ("linger.ms", "2"),
      ("fetch.wait.max.ms", "5"), ("session.timeout.ms", "4000"),
      ("heartbeat.interval.ms", "500"),
    ])
  }

  /// Stops PostgreSQL and removes its folder; the brokers go with the last reference.
  public func close() async { await postgres.remove() }
}
