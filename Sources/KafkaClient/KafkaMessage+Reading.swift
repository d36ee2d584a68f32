internal import CRdKafka

extension KafkaEvent {
  /// What librdkafka gave out; everything is copied.
  init?(_ message: UnsafeMutablePointer<rd_kafka_message_t>, of client: OpaquePointer) {
    let content = message.pointee
    guard content.err != RD_KAFKA_RESP_ERR_NO_ERROR else {
      self = .message(KafkaMessage(message))
      return
    }
    guard let topic = content.rkt else {
      let fatal = content.err == RD_KAFKA_RESP_ERR__FATAL ? KafkaError.fatal(of: client) : nil
      self = .problem(fatal ?? KafkaError(content.err, doing: "read"))
      return
    }
    let partition = TopicPartition(
      topic: String(cString: rd_kafka_topic_name(topic)), partition: content.partition)
    switch content.err {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF: self = .reachedEnd(partition, offset: content.offset)
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      self = .problem(.offsetOutOfRange(partition, offset: content.offset))
    default:
      self = .problem(KafkaError(content.err, doing: "read \(partition)", partition: partition))
    }
  }
}

extension KafkaMessage {
  init(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
    let content = message.pointee
    partition = TopicPartition(
      topic: String(cString: rd_kafka_topic_name(content.rkt)), partition: content.partition)
    offset = content.offset
    key = copy(content.key, content.key_len)
    value = copy(content.payload, content.len)
    headers = KafkaHeader.all(of: message)
    var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
    let time = rd_kafka_message_timestamp(message, &kind)
    timestamp = kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || time < 0 ? nil : time
  }
}

extension KafkaHeader {
  static func all(of message: UnsafeMutablePointer<rd_kafka_message_t>) -> [KafkaHeader] {
    var list: OpaquePointer?
    guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else {
      return []
    }
    let count = rd_kafka_header_cnt(list)
    var headers: [KafkaHeader] = []
    headers.reserveCapacity(count)
    for index in 0..<count {
      var name: UnsafePointer<CChar>?
      var bytes: UnsafeRawPointer?
      var size = 0
      guard
        rd_kafka_header_get_all(list, index, &name, &bytes, &size) == RD_KAFKA_RESP_ERR_NO_ERROR,
        let name
      else { break }
      headers.append(KafkaHeader(name: String(cString: name), value: copy(bytes, size)))
    }
    return headers
  }
}

/// A null pointer is nil; a length of 0 is no bytes.
private func copy(_ start: UnsafeRawPointer?, _ count: Int) -> [UInt8]? {
  guard let start else { return nil }
  return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
}

private func copy(_ start: UnsafeMutableRawPointer?, _ count: Int) -> [UInt8]? {
  copy(UnsafeRawPointer(start), count)
}
