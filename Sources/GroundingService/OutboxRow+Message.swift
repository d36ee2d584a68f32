internal import KafkaClient

extension OutboxRow {
  /// The row as Kafka gets it.
  var message: OutboundMessage {
    OutboundMessage(topic: topic, key: key, value: payload, headers: headers)
  }
}
