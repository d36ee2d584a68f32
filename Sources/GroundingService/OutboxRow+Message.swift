internal import KafkaClient

extension OutboxRow {
  /// The row as Kafka gets it.
  var message: OutboundMessage {
    OutboundMessage(topic: topic, key: key, value: payload, headers: headers)
  }

  /// Bytes of key, payload and headers.
  var bytes: Int {
    let headers = headers.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) }
    return (key?.count ?? 0) + (payload?.count ?? 0) + headers
  }
}
