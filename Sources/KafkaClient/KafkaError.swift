/// What can go wrong between us and the brokers. No case holds anything of a message.
public enum KafkaError: Error, Hashable, Sendable {
  /// librdkafka, or we, do not accept a setting. Values of secret settings are never in `value`.
  case refusedSetting(name: String, value: String, reason: String)
  case cannotStart(reason: String)
  /// Used after `close`.
  case closed
  /// This client can do no more work; a new one may.
  case fatal(name: String, reason: String)
  /// No broker can be reached at the moment. librdkafka keeps trying.
  case brokersDown
  case unknownTopic(String)
  case noPartitions(topic: String)
  /// The partition is no longer assigned to this consumer, or does not exist.
  case unknownPartition(TopicPartition)
  /// The offset asked for is outside what the topic keeps.
  case offsetOutOfRange(TopicPartition, offset: Int64)
  case timedOut(doing: String)
  /// The producer's own queue is full: take deliveries, then send again.
  case queueFull
  case messageTooLarge(topic: String)
  /// Thrown away by `purge` before it was acknowledged. It may have been written all the same.
  case purged
  /// The cluster does not know the request.
  case unsupported(doing: String)
  case notAllowed(doing: String)
  /// Anything else: Kafka's or librdkafka's (negative) code and its name.
  case broker(code: Int32, name: String, doing: String)

  /// The same call may succeed later without anyone changing anything.
  public var isRetriable: Bool {
    switch self {
    case .brokersDown, .timedOut, .queueFull, .purged: true
    case .broker(let code, _, _): Self.retriableCodes.contains(code)
    default: false
    }
  }
}

extension KafkaError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .refusedSetting(let name, let value, let reason):
      "Kafka refused \(name)=\(value): \(reason). Correct it under “kafka” in the configuration."
    case .cannotStart(let reason):
      "The Kafka client could not start: \(reason). Correct “kafka” in the configuration."
    case .closed: "The Kafka client is closed; open a new one."
    case .fatal(let name, let reason):
      "The Kafka client failed for good (\(name)): \(reason). Replace the client."
    case .brokersDown:
      "No Kafka broker can be reached. Check kafka.bootstrap.servers and the network; we keep trying."
    case .unknownTopic(let topic): "There is no topic \(topic). Create it: grounded topics."
    case .noPartitions(let topic): "The topic \(topic) has no partitions. Create it again."
    case .unknownPartition(let partition):
      "\(partition) is not assigned to this consumer, or does not exist."
    case .offsetOutOfRange(let partition, let offset):
      "\(partition) has no offset \(offset): the topic was recreated, or its retention passed it."
        + " Decide where to read on."
    case .timedOut(let action): "Kafka did not answer in time (\(action)). Try again."
    case .queueFull: "The producer's queue is full. Take its deliveries, then send again."
    case .messageTooLarge(let topic):
      "A message for \(topic) is larger than allowed. Raise message.max.bytes of client and topic."
    case .purged: "The message was withdrawn before Kafka acknowledged it. Send it again."
    case .unsupported(let action): "This Kafka cluster cannot do it (\(action)). Use another way."
    case .notAllowed(let action):
      "Kafka does not allow it (\(action)). Check the credentials and the access rules."
    case .broker(let code, let name, let action):
      "Kafka answered \(name) (\(code)) to \(action)."
        + (isRetriable ? " Try again." : " See Kafka's list of error codes.")
    }
  }
}
