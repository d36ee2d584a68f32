internal import FoundationEssentials
internal import KafkaClient

/// Finds the offset at which a bound stands in a partition.
///
/// Brokers are asked for times. Where they know none, which may also mean that no message is so young, the
/// messages' own timestamps are searched by halves: exact where timestamps rise.
struct OffsetSearch {
  let consumer: KafkaConsumer
  let timeout: Duration

  /// - Parameter range: what the partition holds.
  func offset(
    of bound: ReplayPlan.Bound, in partition: TopicPartition, _ range: Range<Int64>
  ) throws(KafkaError) -> Int64 {
    switch bound {
    case .beginning: return range.lowerBound
    case .end: return range.upperBound
    case .offset(let offset): return offset
    case .time(let date):
      let time = Int64((date.timeIntervalSince1970 * 1_000).rounded())
      let answer = try consumer.offsets(at: time, in: [partition], timeout: timeout)
      if let offset = answer[partition] { return offset }
      return try first(notBefore: time, in: partition, range)
    }
  }

  /// The first offset of a message that is as young as `time`; the end when there is none.
  private func first(
    notBefore time: Int64, in partition: TopicPartition, _ range: Range<Int64>
  ) throws(KafkaError) -> Int64 {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = low + (high - low) / 2
      guard let message = try message(of: partition, at: middle, before: high) else {
        high = middle  // nothing but gaps from there on
        continue
      }
      if let stamp = message.timestamp, stamp >= time {
        high = middle
      } else {
        low = message.offset + 1
      }
    }
    return low
  }

  /// The message at the offset, or the next one behind it; nil when there is none before `end`.
  private func message(
    of partition: TopicPartition, at offset: Int64, before end: Int64
  ) throws(KafkaError) -> KafkaMessage? {
    try consumer.assign([partition: .at(offset)])
    let deadline = ContinuousClock.now + timeout
    while ContinuousClock.now < deadline {
      switch consumer.poll(timeout: .milliseconds(100)) {
      case .message(let message) where message.partition == partition && message.offset >= offset:
        return message.offset < end ? message : nil
      case .reachedEnd(partition, _): return nil
      case .problem(let problem) where !problem.isRetriable: throw problem
      default: break
      }
    }
    throw .timedOut(doing: "looking for a time in \(partition)")
  }
}
