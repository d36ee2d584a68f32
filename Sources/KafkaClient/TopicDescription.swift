/// A topic as the brokers describe it.
public struct TopicDescription: Hashable, Sendable {
  public var name: String
  /// How many there are.
  public var partitions: Int
  /// Copies of each partition, the most that any has.
  public var replication: Int
  /// Partitions that nobody leads at the moment.
  public var leaderless: [Int32]
  /// Why nothing more is known.
  public var problem: KafkaError?
}

/// A topic to be created.
public struct NewTopic: Hashable, Sendable {
  public var name: String
  public var partitions: Int
  /// Copies of each partition; nil leaves it to the brokers.
  public var replication: Int?
  /// Settings of the topic, such as `cleanup.policy`.
  public var settings: [String: String]

  public init(
    name: String, partitions: Int, replication: Int? = nil, settings: [String: String] = [:]
  ) {
    self.name = name
    self.partitions = partitions
    self.replication = replication
    self.settings = settings
  }
}

/// One setting of a topic, as it is in force.
public struct TopicSetting: Hashable, Sendable {
  public var name: String
  /// Nil when the brokers do not show it.
  public var value: String?
  /// Whether nobody set it for this topic.
  public var isInherited: Bool
}

/// What became of a request for one topic.
public struct TopicOutcome: Hashable, Sendable {
  public var topic: String
  /// Nil when it was done.
  public var problem: KafkaError?
}
