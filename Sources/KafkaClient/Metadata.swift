internal import CRdKafka

/// What the brokers say about topics.
enum Metadata {
  /// Asks about one topic without creating it, if the client is a consumer.
  static func partitionCount(
    of topic: String, asking client: Client, timeout: Duration
  ) throws(KafkaError) -> Int {
    let topics = try client.use { pointer throws(KafkaError) in
      guard let handle = rd_kafka_topic_new(pointer, topic, nil) else {
        throw KafkaError(rd_kafka_last_error(), doing: "name a topic", topic: topic)
      }
      defer { rd_kafka_topic_destroy(handle) }
      return try ask(pointer, about: handle, timeout)
    }
    guard let found = topics.first(where: { $0.name == topic }) else { throw .unknownTopic(topic) }
    if let problem = found.problem { throw problem }
    guard found.partitions > 0 else { throw .noPartitions(topic: topic) }
    return found.partitions
  }

  /// All topics that we may see, by name.
  static func allTopics(
    asking client: Client, timeout: Duration
  ) throws(KafkaError) -> [TopicDescription] {
    try client.use { pointer throws(KafkaError) in try ask(pointer, about: nil, timeout) }
  }

  private static func ask(
    _ client: OpaquePointer, about topic: OpaquePointer?, _ timeout: Duration
  ) throws(KafkaError) -> [TopicDescription] {
    var answer: UnsafePointer<rd_kafka_metadata>?
    let code = rd_kafka_metadata(client, topic == nil ? 1 : 0, topic, &answer, timeout.milliseconds)
    defer { if let answer { rd_kafka_metadata_destroy(answer) } }
    // Without a connection librdkafka says “transport” only after all of the time has passed.
    try check(
      code == RD_KAFKA_RESP_ERR__TRANSPORT ? RD_KAFKA_RESP_ERR__TIMED_OUT : code,
      doing: "ask about topics")
    guard let answer = answer?.pointee else { return [] }
    return UnsafeBufferPointer(start: answer.topics, count: Int(answer.topic_cnt))
      .map { TopicDescription($0) }
      .sorted { $0.name < $1.name }
  }
}

extension TopicDescription {
  fileprivate init(_ topic: rd_kafka_metadata_topic) {
    name = String(cString: topic.topic)
    let list = UnsafeBufferPointer(start: topic.partitions, count: Int(topic.partition_cnt))
    partitions = list.count
    replication = list.map { Int($0.replica_cnt) }.max() ?? 0
    leaderless = list.filter { $0.leader < 0 }.map { $0.id }.sorted()
    problem =
      topic.err == RD_KAFKA_RESP_ERR_NO_ERROR
      ? nil : KafkaError(topic.err, doing: "describe the topic \(name)", topic: name)
  }
}
