internal import KafkaClient

extension OutboxRow {
  /// The row as Kafka gets it.
  var message: OutboundMessage {
    OutboundMessage(topic: topic, key: key, value: payload, headers: headers)
  }

  /// Bytes of key, payload and headers.
  var bytes: Int { (key?.count ?? 0) + (payload?.count ?? 0) + headers.bytes }
}
