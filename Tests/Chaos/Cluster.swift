internal import Foundation
internal import KafkaClient

/// The brokers of a run: in this process, or a real cluster with topics of the run's own.
final class Cluster: Sendable {
  let addresses: String
  /// The inbound topic, then the outbound ones.
  let topics: [String]
  let group: String
  /// Nil for a real cluster.
  let brokers: MockBrokers?

  /// Brokers in this process, the partitions spread over them.
  init() throws(KafkaError) {
    let brokers = try MockBrokers(count: Int(Plan.brokers))
    topics = ["reports.generated", "reports.grounded", "reports.rejected"]
    group = "grounded"
    self.brokers = brokers
    addresses = brokers.addresses
    for (place, topic) in topics.enumerated() {
      try brokers.createTopic(topic, partitions: Int(Plan.partitions))
      for partition in 0..<Plan.partitions {
        let leader = (partition + Int32(place)) % Plan.brokers + 1
        try brokers.setLeader(leader, of: TopicPartition(topic: topic, partition: partition))
      }
    }
  }

  /// A real cluster, in which topics are made for this run.
  init(addresses: String) throws {
    let name = "grounded-chaos-\(UUID().uuidString.lowercased())"
    topics = ["generated", "grounded", "rejected"].map { "\(name).\($0)" }
    group = name
    brokers = nil
    self.addresses = addresses
    let admin = try KafkaAdmin(settings, logger: { _, _, _ in })
    defer { admin.close(within: .seconds(5)) }
    let wanted = topics.map { NewTopic(name: $0, partitions: Int(Plan.partitions)) }
    for outcome in try admin.createTopics(wanted, timeout: .seconds(30)) {
      if let problem = outcome.problem { throw problem }
    }
  }

  /// For clients that just talk to the brokers.
  var settings: KafkaSettings {
    KafkaSettings([
      ("bootstrap.servers", addresses), ("socket.timeout.ms", Self.socketTimeout),
      ("reconnect.backoff.max.ms", "500"),
    ])
  }

  /// Brokers that come back may leave a request unanswered; by itself a client waits a minute for it.
  private static let socketTimeout = "5000"

  /// How the daemons are set: a session as short as the brokers allow.
  var daemonSettings: [String: String] {
    [
      "kafka.bootstrap.servers": addresses, "kafka.group.id": group,
      "kafka.session.timeout.ms": brokers == nil ? "6000" : "4000",
      "kafka.heartbeat.interval.ms": "500", "kafka.fetch.wait.max.ms": "50",
      "kafka.linger.ms": "2", "kafka.reconnect.backoff.max.ms": "500",
      "kafka.socket.timeout.ms": Self.socketTimeout,
      // A coordinator that goes down may never answer a member that joins.
      "kafka.max.poll.interval.ms": "15000",
      "topics.generated": topics[0], "topics.grounded": topics[1], "topics.rejected": topics[2],
    ]
  }

  /// Undoes every fault of the brokers.
  func heal() throws(KafkaError) {
    guard let brokers else { return }
    for request in [Int16(0)] + Fault.requests.keys { brokers.clearErrors(request: request) }
    try brokers.startBroker(nil)
    try brokers.setRoundTrip(.zero, broker: nil)
  }

  func close() {
    guard brokers == nil else { return }
    let admin = try? KafkaAdmin(settings, logger: { _, _, _ in })  // topics are left at worst
    _ = try? admin?.deleteTopics(topics, timeout: .seconds(30))
    admin?.close(within: .seconds(5))
  }
}
