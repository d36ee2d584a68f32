public import FoundationEssentials
public import KafkaClient
public import PostgresClient

/// A private PostgreSQL and Kafka brokers in this process: all that a daemon needs, for one run.
///
/// For the demonstration, for measurements and for tests. Nothing outside the folder is touched, and
/// `close` removes that too.
public final class Workbench: Sendable {
  public let postgres: PrivatePostgres
  public let brokers: MockBrokers

  /// Starts both, applies the migrations and creates the topics.
  ///
  /// - Parameters:
  ///   - isDurable: false lets PostgreSQL lie about having written; for tests only.
  ///   - partitions: of each topic.
  public static func open(
    folder: URL, migrations: URL, topics: [String], partitions: Int, isDurable: Bool
  ) async throws -> Workbench {
    let bench = Workbench(
      postgres: try PrivatePostgres(folder: folder, isDurable: isDurable),
      brokers: try MockBrokers(count: 1))
    for topic in topics { try bench.brokers.createTopic(topic, partitions: partitions) }
    let database = Database(uri: bench.postgres.uri, applicationName: "grounded workbench")
    try await Migrations(folder: migrations).apply(to: database)
    await database.disconnect()
    return bench
  }

  private init(postgres: PrivatePostgres, brokers: MockBrokers) {
    self.postgres = postgres
    self.brokers = brokers
  }

  /// librdkafka's properties for clients of these brokers.
  public var kafka: KafkaSettings {
    KafkaSettings([
      ("bootstrap.servers", brokers.addresses), ("group.id", "grounded"), ("linger.ms", "2"),
    ])
  }

  /// Stops PostgreSQL and removes its folder; the brokers go with the last reference.
  public func close() async { await postgres.remove() }
}
