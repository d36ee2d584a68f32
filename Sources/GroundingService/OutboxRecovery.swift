internal import FoundationEssentials
internal import KafkaClient
internal import Reports

/// Finds out which outbox rows are on the outbound topics already.
///
/// A crash between Kafka's acknowledgement and the ledger's note of it leaves rows that are out. Each
/// carries its id in a header; the outbound partitions are read from the offset that was
/// last noted up to their present end, and nothing is sent twice.
struct OutboxRecovery: Sendable {
  /// Settings of a consumer that joins no group.
  let settings: KafkaSettings
  /// The topics to which rows go.
  let topics: [String]
  let timeout: Duration
  let kafkaLog: @Sendable (Int32, String, String) -> Void

  /// The present ends of all outbound partitions.
  func ends() async throws(KafkaError) -> [TopicPartition: Int64] {
    let consumer = try KafkaConsumer(settings, logger: kafkaLog)
    defer { consumer.close(within: .seconds(1)) }
    return try ranges(consumer).mapValues(\.high)
  }

  /// Where those of `rows` are that were published at or after the offsets `known`.
  ///
  /// A partition that is not in `known` is read from its beginning.
  /// - Returns: outbound partition and offset by source offset.
  func published(
    _ rows: [OutboxRow], since known: [TopicPartition: Int64]
  ) async throws(KafkaError) -> [Int64: (TopicPartition, Int64)] {
    let wanted = Dictionary(
      rows.map { ($0.messageID.uuidString.lowercased(), $0.offset) },
      uniquingKeysWith: { $1 })
    guard !wanted.isEmpty else { return [:] }
    let consumer = try KafkaConsumer(settings, logger: kafkaLog)
    defer { consumer.close(within: .seconds(1)) }
    var open: [TopicPartition: Int64] = [:]
    var starts: [TopicPartition: KafkaOffset] = [:]
    for (partition, range) in try ranges(consumer) {
      let start = max(range.low, known[partition] ?? range.low)
      if start < range.high {
        open[partition] = range.high
        starts[partition] = .at(start)
      }
    }
    if starts.isEmpty { return [:] }
    try consumer.assign(starts)
    return try read(consumer, until: &open, wanted: wanted)
  }

  private func read(
    _ consumer: KafkaConsumer, until open: inout [TopicPartition: Int64], wanted: [String: Int64]
  ) throws(KafkaError) -> [Int64: (TopicPartition, Int64)] {
    var found: [Int64: (TopicPartition, Int64)] = [:]
    var deadline = ContinuousClock.now + timeout
    while !open.isEmpty && found.count < wanted.count {
      guard ContinuousClock.now < deadline else {
        throw .timedOut(doing: "reading the outbound topics")
      }
      switch consumer.poll(timeout: .milliseconds(100)) {
      case .message(let message):
        deadline = ContinuousClock.now + timeout
        if let offset = Self.id(of: message).flatMap({ wanted[$0] }) {
          found[offset] = (message.partition, message.offset)
        }
        if message.offset + 1 >= open[message.partition] ?? 0 { open[message.partition] = nil }
      case .reachedEnd(let partition, _): open[partition] = nil
      case .problem(let problem) where !problem.isRetriable: throw problem
      case .problem, .assigned, .revoked, nil: break
      }
    }
    return found
  }

  /// A grounded report's event id, or the id of a rejection beside the headers of the original.
  private static func id(of message: KafkaMessage) -> String? {
    let header =
      message.headers.last { $0.name == "grounded_id" }
      ?? message.headers.last { $0.name == "ce_id" }
    return header?.value.map { String(decoding: $0, as: UTF8.self) }
  }

  private func ranges(
    _ consumer: KafkaConsumer
  ) throws(KafkaError) -> [TopicPartition: (low: Int64, high: Int64)] {
    var ranges: [TopicPartition: (low: Int64, high: Int64)] = [:]
    for topic in topics {
      for partition in try consumer.partitions(of: topic, timeout: timeout) {
        ranges[partition] = try consumer.watermarks(of: partition, timeout: timeout)
      }
    }
    return ranges
  }
}
