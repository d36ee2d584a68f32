internal import CRdKafka

extension KafkaAdmin {
  /// Creates topics. One that exists already, or cannot be, is told in its outcome.
  public func createTopics(
    _ topics: [NewTopic], timeout: Duration
  ) throws(KafkaError) -> [TopicOutcome] {
    let request = try AdminRequest(
      "create topics", RD_KAFKA_ADMIN_OP_CREATETOPICS, client(), timeout)
    var items: [OpaquePointer?] = []
    defer { for item in items { rd_kafka_NewTopic_destroy(item) } }
    for topic in topics { items.append(try Self.newTopic(topic)) }
    let answer = try request.run { client, options, queue in
      rd_kafka_CreateTopics(client, &items, items.count, options, queue)
    }
    return answer.outcomes(doing: request.action, rd_kafka_CreateTopics_result_topics)
  }

  /// Deletes topics with everything in them.
  public func deleteTopics(
    _ topics: [String], timeout: Duration
  ) throws(KafkaError) -> [TopicOutcome] {
    let request = try AdminRequest(
      "delete topics", RD_KAFKA_ADMIN_OP_DELETETOPICS, client(), timeout)
    var items: [OpaquePointer?] = topics.map { rd_kafka_DeleteTopic_new($0) }
    defer { for item in items { rd_kafka_DeleteTopic_destroy(item) } }
    let answer = try request.run { client, options, queue in
      rd_kafka_DeleteTopics(client, &items, items.count, options, queue)
    }
    return answer.outcomes(doing: request.action, rd_kafka_DeleteTopics_result_topics)
  }

  /// Raises the topic to that many partitions. Keys move to other partitions by it.
  /// - Parameter total: more than there are now; Kafka takes no partition away.
  public func raisePartitions(
    of topic: String, to total: Int, timeout: Duration
  ) throws(KafkaError) {
    let request = try AdminRequest(
      "raise partitions", RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, client(), timeout)
    var reason = CText()
    var item = reason.fill { rd_kafka_NewPartitions_new(topic, total, $0, $1) }
    guard item != nil else {
      throw .refusedSetting(name: "partitions", value: "\(total)", reason: reason.string)
    }
    defer { rd_kafka_NewPartitions_destroy(item) }
    let answer = try request.run { client, options, queue in
      rd_kafka_CreatePartitions(client, &item, 1, options, queue)
    }
    let outcomes = answer.outcomes(
      doing: request.action, rd_kafka_CreatePartitions_result_topics)
    if let problem = outcomes.first(where: { $0.topic == topic })?.problem { throw problem }
  }

  /// The settings in force for each topic, by topic.
  /// - Throws: also when one of the topics does not exist.
  public func describeSettings(
    of topics: [String], timeout: Duration
  ) throws(KafkaError) -> [String: [TopicSetting]] {
    let request = try AdminRequest(
      "describe topics", RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, client(), timeout)
    var items: [OpaquePointer?] = topics.map {
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, $0)
    }
    defer { for item in items { rd_kafka_ConfigResource_destroy(item) } }
    let answer = try request.run { client, options, queue in
      rd_kafka_DescribeConfigs(client, &items, items.count, options, queue)
    }
    return try answer.settings(doing: request.action)
  }

  private static func newTopic(_ topic: NewTopic) throws(KafkaError) -> OpaquePointer {
    var reason = CText()
    let item = reason.fill {
      rd_kafka_NewTopic_new(
        topic.name, Int32(clamping: topic.partitions), Int32(clamping: topic.replication ?? -1),
        $0, $1)
    }
    guard let item else {
      throw .refusedSetting(name: "topic", value: topic.name, reason: reason.string)
    }
    for (name, value) in topic.settings.sorted(by: { $0.key < $1.key }) {
      rd_kafka_NewTopic_set_config(item, name, value)
    }
    return item
  }
}
