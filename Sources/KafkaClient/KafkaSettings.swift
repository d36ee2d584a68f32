internal import CRdKafka

/// Properties of librdkafka, in the order in which they are set; the last of a name counts.
///
/// They are checked when a client starts with them: an unknown name or an impossible value is
/// `KafkaError.refusedSetting`, which says which one and why.
public struct KafkaSettings: Sendable {
  /// Name and value, as librdkafka's CONFIGURATION page has them.
  public private(set) var properties: [(name: String, value: String)]

  /// Takes names and values as they stand.
  public init(_ properties: [(String, String)]) {
    self.properties = properties.map { (name: $0.0, value: $0.1) }
  }

  /// The value in force, nil when the name is not among ours. Setting nil forgets the name.
  public subscript(name: String) -> String? {
    get { properties.last { $0.name == name }?.value }
    set {
      properties.removeAll { $0.name == name }
      if let newValue { properties.append((name: name, value: newValue)) }
    }
  }

  /// These settings, with the other ones above them.
  public func overridden(by other: KafkaSettings) -> KafkaSettings {
    var result = self
    for (name, value) in other.properties { result[name] = value }
    return result
  }

  /// Throws `refusedSetting` when librdkafka knows no such name or takes no such value, or when it would
  /// break what we promise. What only shows when a client starts is not found here.
  public func check() throws(KafkaError) {
    _ = try Configuration(self, ClientContext(logger: { _, _, _ in }))
    try checkForConsumer()
  }

  /// Whether the value of this setting must not be shown.
  public static func isSecret(_ name: String) -> Bool {
    ["password", "secret", "key.pem", "oauthbearer.config", "jaas"].contains { name.contains($0) }
  }
}

extension KafkaSettings {
  /// What a consumer needs so that PostgreSQL, and nothing else, holds the position.
  ///
  /// The assignors are the eager ones, since cooperative-sticky in librdkafka 2.0.2 can hang or
  /// crash on close. An offset out of range is an error and never a silent reset. A broker that has
  /// nothing new waits 20 ms and not 500: it has one request of ours at a time, and a partition that is
  /// resumed or assigned meanwhile comes with the next.
  static let consumerDefaults = KafkaSettings([
    ("client.id", "grounded"), ("socket.nagle.disable", "true"),
    ("partition.assignment.strategy", "range,roundrobin"), ("auto.offset.reset", "error"),
    ("fetch.wait.max.ms", "20"),
    ("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"),
  ])

  /// Each message once and in order on its partition, as far as the brokers can promise it. The
  /// partitioner is the one of Java's clients, so that a key finds the same partition from both.
  static let producerDefaults = KafkaSettings([
    ("client.id", "grounded"), ("socket.nagle.disable", "true"),
    ("enable.idempotence", "true"), ("acks", "all"), ("linger.ms", "5"),
    ("message.timeout.ms", "120000"), ("partitioner", "murmur2_random"),
    ("queue.buffering.max.kbytes", "131072"),
  ])

  static let adminDefaults = KafkaSettings([
    ("client.id", "grounded"), ("socket.nagle.disable", "true"),
  ])

  /// Throws when a setting would break what the consumer promises.
  func checkForConsumer() throws(KafkaError) {
    for name in ["enable.auto.commit", "enable.auto.offset.store"] {
      guard let value = self[name], value != "false" else { continue }
      throw .refusedSetting(
        name: name, value: value, reason: "positions are kept in the database, never by Kafka")
    }
    let strategy = "partition.assignment.strategy"
    if let value = self[strategy], value.contains("cooperative") {
      throw .refusedSetting(
        name: strategy, value: value, reason: "only eager assignors are safe with librdkafka 2.0.2")
    }
  }
}
