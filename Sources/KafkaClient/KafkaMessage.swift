/// One header of a message. Names may repeat, and their order is kept.
public struct KafkaHeader: Hashable, Sendable {
  public var name: String
  /// Nil where the producer wrote no value, which is not the same as an empty one.
  public var value: [UInt8]?

  public init(name: String, value: [UInt8]?) {
    self.name = name
    self.value = value
  }
}

extension [KafkaHeader] {
  /// Bytes of names and values.
  public var bytes: Int { reduce(0) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) } }
}

/// One message as it was read: its place, and its bytes.
public struct KafkaMessage: Hashable, Sendable {
  public var partition: TopicPartition
  public var offset: Int64
  public var key: [UInt8]?
  /// Nil is a tombstone; an empty array is a value of no bytes.
  public var value: [UInt8]?
  public var headers: [KafkaHeader]
  /// Milliseconds since 1970, of the producer or the broker as the topic says; nil when there is none.
  public var timestamp: Int64?

  public init(
    partition: TopicPartition, offset: Int64, key: [UInt8]?, value: [UInt8]?,
    headers: [KafkaHeader], timestamp: Int64?
  ) {
    self.partition = partition
    self.offset = offset
    self.key = key
    self.value = value
    self.headers = headers
    self.timestamp = timestamp
  }

  /// Bytes of key, value and headers.
  public var bytes: Int { (key?.count ?? 0) + (value?.count ?? 0) + headers.bytes }
}

/// What a poll of the consumer brings.
public enum KafkaEvent: Hashable, Sendable {
  case message(KafkaMessage)
  /// The group gave us these partitions; nothing comes until `assign` says where each begins.
  case assigned([TopicPartition])
  /// The group wants them back and waits for `unassign`. Lost ones may be another's already.
  case revoked([TopicPartition], isLost: Bool)
  /// All messages below `offset` were given out. Only with `enable.partition.eof=true`.
  case reachedEnd(TopicPartition, offset: Int64)
  case problem(KafkaError)
}
