internal import CRdKafka

extension OutboundMessage {
  /// Copies the message into librdkafka's queue. The ticket travels as the message's opaque pointer.
  func produce(with client: OpaquePointer, ticket: UInt64) -> rd_kafka_resp_err_t {
    let headers = KafkaHeader.list(of: headers)
    let code = topic.withCString { topic in
      withBytes(key) { key, keyCount in
        withBytes(value) { value, valueCount in
          withUnsafeTemporaryAllocation(of: rd_kafka_vu_t.self, capacity: 6) { fields in
            for index in fields.indices { fields.initializeElement(at: index, to: rd_kafka_vu_t()) }
            fields[0].vtype = RD_KAFKA_VTYPE_TOPIC
            fields[0].u.cstr = topic
            fields[1].vtype = RD_KAFKA_VTYPE_KEY
            fields[1].u.mem = .init(ptr: key, size: keyCount)
            fields[2].vtype = RD_KAFKA_VTYPE_VALUE
            fields[2].u.mem = .init(ptr: value, size: valueCount)
            fields[3].vtype = RD_KAFKA_VTYPE_MSGFLAGS
            fields[3].u.i = RD_KAFKA_MSG_F_COPY
            fields[4].vtype = RD_KAFKA_VTYPE_OPAQUE
            fields[4].u.ptr = UnsafeMutableRawPointer(bitPattern: UInt(ticket))
            fields[5].vtype = RD_KAFKA_VTYPE_HEADERS
            fields[5].u.headers = headers
            let error = rd_kafka_produceva(client, fields.baseAddress, headers == nil ? 5 : 6)
            defer { rd_kafka_error_destroy(error) }
            return error == nil ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error)
          }
        }
      }
    }
    // On success the headers are librdkafka's.
    if code != RD_KAFKA_RESP_ERR_NO_ERROR, let headers { rd_kafka_headers_destroy(headers) }
    return code
  }
}

extension KafkaHeader {
  fileprivate static func list(of headers: [KafkaHeader]) -> OpaquePointer? {
    guard !headers.isEmpty else { return nil }
    let list = rd_kafka_headers_new(headers.count)
    for header in headers {
      _ = withBytes(header.value) { bytes, count in
        rd_kafka_header_add(list, header.name, -1, bytes, count)
      }
    }
    return list
  }
}

extension DeliveryReport {
  init(_ message: UnsafePointer<rd_kafka_message_t>) {
    ticket = UInt64(UInt(bitPattern: message.pointee._private))
    let topic = String(cString: rd_kafka_topic_name(message.pointee.rkt))
    let partition = TopicPartition(topic: topic, partition: message.pointee.partition)
    let code = message.pointee.err
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
      let problem = KafkaError(code, doing: "write to \(topic)", partition: partition)
      let isNotWritten = rd_kafka_message_status(message) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED
      outcome = isNotWritten ? .notWritten(problem) : .unknown(problem)
      return
    }
    let offset = message.pointee.offset >= 0 ? message.pointee.offset : nil
    outcome = .written(KafkaPosition(partition: partition, offset: offset))
  }
}
