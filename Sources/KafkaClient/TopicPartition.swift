/// One partition of one topic.
public struct TopicPartition: Hashable, Comparable, Sendable {
  public var topic: String
  /// Counted from 0.
  public var partition: Int32

  public init(topic: String, partition: Int32) {
    self.topic = topic
    self.partition = partition
  }

  /// By topic, then by number.
  public static func < (one: TopicPartition, other: TopicPartition) -> Bool {
    (one.topic, one.partition) < (other.topic, other.partition)
  }
}

extension TopicPartition: CustomStringConvertible {
  /// As operators write it: `reports.generated/3`.
  public var description: String { "\(topic)/\(partition)" }
}

/// Where reading a partition starts.
public enum KafkaOffset: Hashable, Sendable {
  /// The message with this offset is the first to come; 0 or more.
  case at(Int64)
  /// The oldest message still kept.
  case beginning
  /// The next message to be written.
  case end
}
