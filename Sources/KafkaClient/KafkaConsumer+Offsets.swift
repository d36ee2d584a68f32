internal import CRdKafka

extension KafkaConsumer {
  /// The offsets that the group would read next, by what was committed; absent where nothing was.
  public func committedOffsets(
    _ partitions: [TopicPartition], timeout: Duration
  ) throws(KafkaError) -> [TopicPartition: Int64] {
    guard !partitions.isEmpty else { return [:] }
    let list = PartitionList(partitions)
    let action = "read committed offsets"
    try check(
      client().use { rd_kafka_committed($0, list.pointer, timeout.milliseconds) }, doing: action)
    return try offsets(in: list.results, doing: action)
  }

  /// Tells the group where each partition would be read next: a courtesy to lag monitors, without
  /// waiting. A failure becomes a line of the log.
  ///
  /// Does nothing while the brokers owe the answer to the one before: librdkafka begins no partition
  /// meanwhile, so that one a second would keep a slow group from ever beginning.
  public func commit(_ next: [TopicPartition: Int64]) throws(KafkaError) {
    let client = try client()
    guard !next.isEmpty, client.context.beginCommit() else { return }
    let list = PartitionList(next.keys) { next[$0] ?? Int64(RD_KAFKA_OFFSET_INVALID) }
    do throws(KafkaError) {
      try check(client.use { rd_kafka_commit($0, list.pointer, 1) }, doing: "commit offsets")
    } catch {
      client.context.endCommit()
      throw error
    }
  }

  /// Of each partition the oldest offset kept, and the next one to be written. Asks the brokers, each
  /// once for either.
  ///
  /// Asked as times are: in 2.0.2 `rd_kafka_query_watermark_offsets` waits for a broker that does not
  /// answer as long as for a socket, a minute, whatever its limit.
  public func watermarks(
    of partitions: [TopicPartition], timeout: Duration
  ) throws(KafkaError) -> [TopicPartition: (low: Int64, high: Int64)] {
    guard let first = partitions.first else { return [:] }
    let others = partitions.count > 1 ? " and \(partitions.count - 1) others" : ""
    let action = "ask the range of \(first)\(others)"
    let deadline = ContinuousClock.now + timeout
    func ask(_ end: Int32) throws(KafkaError) -> [TopicPartition: Int64] {
      let left = timeLeft(until: deadline)
      return try offsets(at: Int64(end), in: partitions, timeout: left, doing: action)
    }
    let (lows, highs) = (try ask(RD_KAFKA_OFFSET_BEGINNING), try ask(RD_KAFKA_OFFSET_END))
    var ranges: [TopicPartition: (low: Int64, high: Int64)] = [:]
    for partition in partitions {
      guard let low = lows[partition], let high = highs[partition] else {
        throw KafkaError(
          RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, doing: action, partition: partition)
      }
      ranges[partition] = (low, high)
    }
    return ranges
  }

  /// The same as librdkafka saw it last, without asking; nil when it has not seen it yet.
  public func cachedWatermarks(of partition: TopicPartition) -> (low: Int64, high: Int64)? {
    guard let client = try? client() else { return nil }  // closed: nothing is known
    var (low, high): (Int64, Int64) = (-1, -1)
    let code = client.use {
      rd_kafka_get_watermark_offsets($0, partition.topic, partition.partition, &low, &high)
    }
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR, low >= 0, high >= 0 else { return nil }
    return (low, high)
  }

  /// For each partition the first offset whose message is as young as that or younger; absent where
  /// there is none.
  /// - Parameter timestamp: milliseconds since 1970.
  public func offsets(
    at timestamp: Int64, in partitions: [TopicPartition], timeout: Duration
  ) throws(KafkaError) -> [TopicPartition: Int64] {
    guard !partitions.isEmpty else { return [:] }
    return try offsets(
      at: timestamp, in: partitions, timeout: timeout, doing: "find offsets by time")
  }

  /// All partitions of a topic. Asks the brokers.
  /// - Throws: `unknownTopic`, `noPartitions`, `timedOut`, …
  public func partitions(
    of topic: String, timeout: Duration
  ) throws(KafkaError) -> [TopicPartition] {
    let count = try Metadata.partitionCount(of: topic, asking: client(), timeout: timeout)
    return (0..<Int32(count)).map { TopicPartition(topic: topic, partition: $0) }
  }

  private func offsets(
    at timestamp: Int64, in partitions: [TopicPartition], timeout: Duration, doing action: String
  ) throws(KafkaError) -> [TopicPartition: Int64] {
    let list = PartitionList(partitions) { _ in timestamp }
    let code = try client().use {
      rd_kafka_offsets_for_times($0, list.pointer, timeout.milliseconds)
    }
    guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
      throw KafkaError(code, doing: action, partition: partitions.count == 1 ? partitions[0] : nil)
    }
    return try offsets(in: list.results, doing: action)
  }

  private func offsets(
    in results: [PartitionResult], doing action: String
  ) throws(KafkaError) -> [TopicPartition: Int64] {
    var offsets: [TopicPartition: Int64] = [:]
    for result in results {
      guard result.code == RD_KAFKA_RESP_ERR_NO_ERROR else {
        throw KafkaError(result.code, doing: action, partition: result.partition)
      }
      if result.offset >= 0 { offsets[result.partition] = result.offset }
    }
    return offsets
  }
}
