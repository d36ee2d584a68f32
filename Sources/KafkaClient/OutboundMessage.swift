/// A message to be written. The partitioner picks the partition from the key: to name a partition
/// that does not exist would lose the message.
public struct OutboundMessage: Hashable, Sendable {
  public var topic: String
  public var key: [UInt8]?
  /// Nil is a tombstone; an empty array is a value of no bytes.
  public var value: [UInt8]?
  public var headers: [KafkaHeader]

  public init(topic: String, key: [UInt8]?, value: [UInt8]?, headers: [KafkaHeader] = []) {
    self.topic = topic
    self.key = key
    self.value = value
    self.headers = headers
  }
}

/// Where a message came to stand.
public struct KafkaPosition: Hashable, Sendable {
  public var partition: TopicPartition
  /// Nil when an earlier attempt had been stored already and the broker no longer knows where.
  public var offset: Int64?

  public init(partition: TopicPartition, offset: Int64?) {
    self.partition = partition
    self.offset = offset
  }
}

/// What became of one message that was sent.
public struct DeliveryReport: Sendable {
  /// What Kafka did with a message.
  public enum Outcome: Sendable {
    case written(KafkaPosition)
    /// It is not in the topic.
    case notWritten(KafkaError)
    /// It was under way when waiting for an answer ended: it is in the topic, or not, or will be.
    case unknown(KafkaError)
  }

  /// The number given to `send`.
  public var ticket: UInt64
  public var outcome: Outcome

  public init(ticket: UInt64, outcome: Outcome) {
    self.ticket = ticket
    self.outcome = outcome
  }

  /// Where the message stands; throws why it may not be there.
  public func get() throws(KafkaError) -> KafkaPosition {
    switch outcome {
    case .written(let position): return position
    case .notWritten(let problem), .unknown(let problem): throw problem
    }
  }
}
