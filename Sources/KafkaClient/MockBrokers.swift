internal import CRdKafka

/// Kafka brokers in this process, librdkafka's own, for tests and demonstrations.
///
/// They keep at most 5 MiB or 100,000 messages a partition, in memory. They do not know how to
/// create topics by request, nor offsets by time. They live as long as this object.
///
/// `@unchecked Sendable` because the pointers never change and every `rd_kafka_mock_*` function hands
/// its work to the brokers' one thread or takes their lock.
public final class MockBrokers: @unchecked Sendable {
  private let owner: Client
  private let cluster: OpaquePointer

  /// Starts that many brokers, numbered from 1, on free ports of the loopback interface.
  public init(count: Int) throws(KafkaError) {
    precondition(count > 0, "\(count) brokers are no cluster")
    owner = try Client(
      RD_KAFKA_PRODUCER, KafkaSettings([("client.id", "mock-brokers")]),
      ClientContext(logger: { _, _, _ in }))
    guard let cluster = rd_kafka_mock_cluster_new(owner.pointer, Int32(count)) else {
      throw .cannotStart(reason: "the mock brokers found no port or no memory")
    }
    self.cluster = cluster
  }

  /// The brokers go before the client that they belong to; its `deinit` comes after this one.
  /// Clients that are still connected see the connection close.
  deinit { rd_kafka_mock_cluster_destroy(cluster) }

  /// For `bootstrap.servers`.
  public var addresses: String {
    withExtendedLifetime(self) { String(cString: rd_kafka_mock_cluster_bootstraps(cluster)) }
  }

  /// Creates a topic, each partition on one broker.
  public func createTopic(_ name: String, partitions: Int) throws(KafkaError) {
    try tell("create the topic \(name)") {
      rd_kafka_mock_topic_create($0, name, Int32(partitions), 1)
    }
  }

  /// Lets metadata requests about the topic fail with Kafka's error code; 0 ends it.
  public func failTopic(_ name: String, with code: Int32) {
    withExtendedLifetime(self) {
      rd_kafka_mock_topic_set_error(cluster, name, rd_kafka_resp_err_t(rawValue: code))
    }
  }

  /// Lets the next requests of this kind fail, one with each error, whichever broker they reach.
  /// - Parameters:
  ///   - request: Kafka's API key, such as 0 for produce and 1 for fetch.
  ///   - codes: Kafka's error codes; −195 cuts the connection.
  public func injectErrors(request: Int16, codes: [Int32]) {
    let errors = codes.map { rd_kafka_resp_err_t(rawValue: $0) }
    withExtendedLifetime(self) {
      rd_kafka_mock_push_request_errors_array(cluster, request, errors.count, errors)
    }
  }

  /// Forgets the errors still to come for this kind of request.
  public func clearErrors(request: Int16) {
    withExtendedLifetime(self) { rd_kafka_mock_clear_request_errors(cluster, request) }
  }

  /// Closes the broker's connections and accepts no new ones. Nil is all brokers.
  public func stopBroker(_ number: Int32?) throws(KafkaError) {
    try tell("stop a broker") { rd_kafka_mock_broker_set_down($0, number ?? -1) }
  }

  /// Accepts connections again. Nil is all brokers.
  public func startBroker(_ number: Int32?) throws(KafkaError) {
    try tell("start a broker") { rd_kafka_mock_broker_set_up($0, number ?? -1) }
  }

  /// How long each answer takes, in whole milliseconds. Nil is all brokers.
  public func setRoundTrip(_ duration: Duration, broker number: Int32?) throws(KafkaError) {
    try tell("slow a broker") {
      rd_kafka_mock_broker_set_rtt($0, number ?? -1, duration.milliseconds)
    }
  }

  /// Makes the broker lead the partition; nil leaves it without a leader.
  public func setLeader(_ number: Int32?, of partition: TopicPartition) throws(KafkaError) {
    try tell("move \(partition)") {
      rd_kafka_mock_partition_set_leader(
        $0, partition.topic, partition.partition, number ?? -1)
    }
  }

  /// Makes the broker coordinate the consumer group.
  public func setCoordinator(_ number: Int32, ofGroup group: String) throws(KafkaError) {
    try tell("move the group \(group)") {
      rd_kafka_mock_coordinator_set($0, "group", group, number)
    }
  }

  private func tell(
    _ action: String, _ request: (OpaquePointer) -> rd_kafka_resp_err_t
  ) throws(KafkaError) {
    try check(withExtendedLifetime(self) { request(cluster) }, doing: action)
  }
}
