internal import CRdKafka
internal import Glibc
internal import Synchronization

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
  /// The brokers that are stopped.
  private let down = Mutex<Set<Int32>>([])

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
    let stopped = number.map { [$0] } ?? ports.indices.map { Int32($0 + 1) }
    down.withLock { $0.formUnion(stopped) }
  }

  /// Accepts connections again. Nil is all brokers.
  ///
  /// Another connection may have been given a broker's port meanwhile, and librdkafka takes the process
  /// down when it is not free: it is waited for.
  /// - Throws: `timedOut` when it is not free after a minute.
  public func startBroker(_ number: Int32?) throws(KafkaError) {
    let deadline = ContinuousClock.now + .seconds(60)
    for (index, port) in ports.enumerated() {
      let broker = Int32(index + 1)
      guard number ?? broker == broker, down.withLock({ $0.remove(broker) }) != nil else {
        continue
      }
      while !Self.isFree(port) {
        guard ContinuousClock.now < deadline else {
          throw .timedOut(doing: "wait for the broker's port \(port)")
        }
        usleep(20_000)
      }
    }
    try tell("start a broker") { rd_kafka_mock_broker_set_up($0, number ?? -1) }
  }

  /// The brokers' ports, by number from 1.
  private var ports: [UInt16] {
    addresses.split(separator: ",").compactMap { address in
      address.split(separator: ":").last.flatMap { UInt16($0) }
    }
  }

  /// True when a listener can be bound there.
  private static func isFree(_ port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
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
