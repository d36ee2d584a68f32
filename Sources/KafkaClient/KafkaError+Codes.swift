internal import CRdKafka

extension KafkaError {
  /// The error for a code. `partition` or `topic` names what it was about, if known.
  init(
    _ code: rd_kafka_resp_err_t, doing action: String, topic: String? = nil,
    partition: TopicPartition? = nil
  ) {
    let topic = topic ?? partition?.topic
    switch code {
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: self = .brokersDown
    case RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
      RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
      self = .timedOut(doing: action)
    case RD_KAFKA_RESP_ERR__QUEUE_FULL: self = .queueFull
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT: self = .purged
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
      self = .unsupported(doing: action)
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR__AUTHENTICATION:
      self = .notAllowed(doing: action)
    default:
      self =
        Self.aboutTopic(code, topic: topic, partition: partition)
        ?? .broker(
          code: code.rawValue, name: String(cString: rd_kafka_err2name(code)), doing: action)
    }
  }

  private static func aboutTopic(
    _ code: rd_kafka_resp_err_t, topic: String?, partition: TopicPartition?
  ) -> KafkaError? {
    guard let topic else { return nil }
    switch code {
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      return .unknownTopic(topic)
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE: return .messageTooLarge(topic: topic)
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return partition.map { .unknownPartition($0) }
    default: return nil
    }
  }

  /// What passes by itself: elections, restarts, rebalances, the network.
  static let retriableCodes: Set<Int32> = Set(
    [
      RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__RESOLVE, RD_KAFKA_RESP_ERR__WAIT_COORD,
      RD_KAFKA_RESP_ERR__IN_PROGRESS, RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS,
      RD_KAFKA_RESP_ERR__RETRY, RD_KAFKA_RESP_ERR__NODE_UPDATE, RD_KAFKA_RESP_ERR__STATE,
      RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
      RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
      RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
      RD_KAFKA_RESP_ERR_NOT_CONTROLLER, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
      RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
      RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
      RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED,
    ].map { $0.rawValue })

  /// The reason why this client can do no more work; nil while it can.
  static func fatal(of client: OpaquePointer) -> KafkaError? {
    var text = CText()
    let code = text.fill { rd_kafka_fatal_error(client, $0, $1) }
    guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
    return .fatal(name: String(cString: rd_kafka_err2name(code)), reason: text.string)
  }
}

/// Throws unless the code says that all is well.
func check(
  _ code: rd_kafka_resp_err_t, doing action: String, topic: String? = nil
) throws(KafkaError) {
  guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
    throw KafkaError(code, doing: action, topic: topic)
  }
}
