internal import FoundationEssentials
internal import KafkaClient
internal import Reports

extension OutboxRow {
  init(
    source: TopicPartition, offset: Int64, messageID: UUID, topic: String,
    message: EncodedMessage
  ) {
    self.init(
      source: source, offset: offset, messageID: messageID, topic: topic, key: message.key,
      headers: message.headers.map { KafkaHeader(name: $0.name, value: $0.value) },
      payload: message.value)
  }

  /// The row as Kafka gets it.
  var message: OutboundMessage {
    OutboundMessage(topic: topic, key: key, value: payload, headers: headers)
  }

  /// Bytes of key, payload and headers.
  var bytes: Int { (key?.count ?? 0) + (payload?.count ?? 0) + headers.bytes }
}
