internal import CRdKafka

/// Owner of librdkafka's list of partitions.
struct PartitionList: ~Copyable {
  let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

  /// Each partition with the offset that `offset` gives for it.
  init(_ partitions: some Sequence<TopicPartition>, offset: (TopicPartition) -> Int64) {
    pointer = rd_kafka_topic_partition_list_new(8)
    for partition in partitions {
      rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition)
        .pointee.offset = offset(partition)
    }
  }

  init(_ partitions: some Sequence<TopicPartition>) {
    self.init(partitions) { _ in Int64(RD_KAFKA_OFFSET_INVALID) }
  }

  init(topics: [String]) { self.init(topics.map { TopicPartition(topic: $0, partition: -1) }) }

  deinit { rd_kafka_topic_partition_list_destroy(pointer) }

  var results: [PartitionResult] { PartitionResult.all(in: pointer) }
}

/// One line of such a list.
struct PartitionResult {
  let partition: TopicPartition
  let offset: Int64
  let code: rd_kafka_resp_err_t

  static func all(
    in list: UnsafePointer<rd_kafka_topic_partition_list_t>
  ) -> [PartitionResult] {
    UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt)).map {
      PartitionResult(
        partition: TopicPartition(topic: String(cString: $0.topic), partition: $0.partition),
        offset: $0.offset, code: $0.err)
    }
  }
}
