/// Where a message stood: the place that every result can be traced back to.
public struct SourcePosition: Hashable, Sendable, Comparable {
  public let topic: String
  public let partition: Int32
  public let offset: Int64

  public init(topic: String, partition: Int32, offset: Int64) {
    self.topic = topic
    self.partition = partition
    self.offset = offset
  }

  /// `topic/partition/offset`.
  public var text: String { "\(topic)/\(partition)/\(offset)" }

  public static func < (left: Self, right: Self) -> Bool {
    (left.topic, left.partition, left.offset) < (right.topic, right.partition, right.offset)
  }
}

/// A message as a topic holds it, before anything is believed of it.
public struct RawMessage: Sendable {
  public var topic: String
  public var partition: Int32
  public var offset: Int64
  public var key: [UInt8]?
  /// Nil for a tombstone.
  public var value: [UInt8]?
  public var headers: [(name: String, value: [UInt8])]

  public init(
    topic: String, partition: Int32, offset: Int64, key: [UInt8]? = nil, value: [UInt8]?,
    headers: [(name: String, value: [UInt8])] = []
  ) {
    self.topic = topic
    self.partition = partition
    self.offset = offset
    self.key = key
    self.value = value
    self.headers = headers
  }

  public var position: SourcePosition {
    SourcePosition(topic: topic, partition: partition, offset: offset)
  }
}

/// A message as it goes out.
public struct EncodedMessage: Sendable {
  public var key: [UInt8]?
  public var headers: [(name: String, value: [UInt8])]
  public var value: [UInt8]?

  public init(
    key: [UInt8]?, headers: [(name: String, value: [UInt8])], value: [UInt8]?
  ) {
    self.key = key
    self.headers = headers
    self.value = value
  }

  /// The message as a reader at that place gets it.
  public func received(at position: SourcePosition) -> RawMessage {
    RawMessage(
      topic: position.topic, partition: position.partition, offset: position.offset, key: key,
      value: value, headers: headers)
  }
}
