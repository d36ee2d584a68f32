internal import CRdKafka
internal import Synchronization

/// Which partitions are paused. The lock is held while librdkafka is told, so that the set and
/// librdkafka never disagree.
final class PausedPartitions: Sendable {
  typealias List = UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

  private let paused = Mutex<Set<TopicPartition>>([])

  func pause(
    _ partitions: [TopicPartition], tell: (List) -> rd_kafka_resp_err_t
  ) throws(KafkaError) {
    try paused.withLock { paused throws(KafkaError) in
      let news = Set(partitions).subtracting(paused)
      paused.formUnion(try Self.change(news, doing: "pause partitions", tell))
    }
  }

  /// Those that were paused.
  func resume(
    _ partitions: [TopicPartition], tell: (List) -> rd_kafka_resp_err_t
  ) throws(KafkaError) -> Set<TopicPartition> {
    try paused.withLock { paused throws(KafkaError) in
      let news = paused.intersection(partitions)
      _ = try Self.change(news, doing: "resume partitions", tell)
      paused.subtract(news)  // one that is no longer assigned is not paused either
      return news
    }
  }

  /// An assignment ends: nothing is paused any more.
  func resumeAll(tell: (List) -> rd_kafka_resp_err_t) {
    paused.withLock { paused in
      guard !paused.isEmpty else { return }
      let list = PartitionList(paused)
      _ = tell(list.pointer)  // fails only for partitions that librdkafka has forgotten by itself
      paused = []
    }
  }

  /// Those that librdkafka accepted.
  private static func change(
    _ partitions: Set<TopicPartition>, doing action: String, _ tell: (List) -> rd_kafka_resp_err_t
  ) throws(KafkaError) -> [TopicPartition] {
    guard !partitions.isEmpty else { return [] }
    let list = PartitionList(partitions)
    try check(tell(list.pointer), doing: action)
    return list.results.filter { $0.code == RD_KAFKA_RESP_ERR_NO_ERROR }.map { $0.partition }
  }
}
