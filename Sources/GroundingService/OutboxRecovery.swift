internal import FoundationEssentials
internal import KafkaClient
internal import Reports
internal import Threads

/// Finds out which outbox rows are on the outbound topics already.
///
/// A crash between Kafka's acknowledgement and the ledger's note of it leaves rows that are out, and so
/// does an answer that never came. Each row carries its id in a header; the outbound partitions are read
/// from the offset that was last noted up to their present end, and nothing is sent twice.
actor OutboxRecovery {
  private let thread = DedicatedThread(name: "recovery")
  private let settings: KafkaSettings
  private let topics: [String]
  private let timeout: Duration
  private let kafkaLog: @Sendable (Int32, String, String) -> Void

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe thread.asUnownedSerialExecutor()
  }

  /// - Parameters:
  ///   - settings: of a consumer, which joins no group.
  ///   - topics: those to which rows go.
  ///   - timeout: how long brokers may be silent.
  init(
    settings: KafkaSettings, topics: [String], timeout: Duration,
    kafkaLog: @escaping @Sendable (Int32, String, String) -> Void
  ) {
    // A partition may end in a marker of somebody's transaction, which is no message.
    self.settings = settings.overridden(by: KafkaSettings([("enable.partition.eof", "true")]))
    self.topics = topics
    self.timeout = timeout
    self.kafkaLog = kafkaLog
  }

  /// The present ends of all outbound partitions.
  func ends() throws(KafkaError) -> [TopicPartition: Int64] {
    let consumer = try KafkaConsumer(settings, logger: kafkaLog)
    defer { consumer.close(within: .seconds(1)) }
    return try ranges(consumer).mapValues(\.high)
  }

  /// Where those of `rows` are that were published at or after the offsets `known`.
  ///
  /// A partition that is not in `known` is read from its beginning.
  /// - Parameter settle: once the brokers answer, they have this long to write what was sent to them
  ///   before; only then is it known where the partitions end.
  /// - Returns: where they stand, by message id.
  func published(
    _ rows: [OutboxRow], since known: [TopicPartition: Int64], after settle: Duration
  ) async throws -> [UUID: KafkaPosition] {
    let wanted = Dictionary(
      rows.map { ($0.messageID.uuidString.lowercased(), $0.messageID) },
      uniquingKeysWith: { $1 })
    guard !wanted.isEmpty else { return [:] }
    let consumer = try KafkaConsumer(settings, logger: kafkaLog)
    defer { consumer.close(within: .seconds(1)) }
    _ = try ranges(consumer)
    try await Task.sleep(for: settle)
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
    _ consumer: KafkaConsumer, until open: inout [TopicPartition: Int64], wanted: [String: UUID]
  ) throws(KafkaError) -> [UUID: KafkaPosition] {
    var found: [UUID: KafkaPosition] = [:]
    var deadline = ContinuousClock.now + timeout
    while !open.isEmpty && found.count < wanted.count {
      guard ContinuousClock.now < deadline else {
        throw .timedOut(doing: "reading the outbound topics")
      }
      switch consumer.poll(timeout: .milliseconds(100)) {
      case .message(let message):
        if open[message.partition] != nil { deadline = ContinuousClock.now + timeout }
        if let id = Self.id(of: message).flatMap({ wanted[$0] }) {
          found[id] = KafkaPosition(partition: message.partition, offset: message.offset)
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
    var partitions: [TopicPartition] = []
    for topic in topics { partitions += try consumer.partitions(of: topic, timeout: timeout) }
    return try consumer.watermarks(of: partitions, timeout: timeout)
  }
}
