internal import FoundationEssentials
internal import KafkaClient
internal import Threads

/// Reads ranges of the inbound topic, outside any group: live work does not notice.
actor TopicSource: ReplaySource {
  private let thread = DedicatedThread(name: "replay")
  private let consumer: KafkaConsumer
  private let topic: String
  private let plan: ReplayPlan
  private let timeout = Duration.seconds(30)
  /// What is not through yet: the next offset of each, and where it ends.
  private var open: [TopicPartition: Range<Int64>] = [:]
  private var paused: Set<TopicPartition> = []

  private static let messagesMax = 256
  private static let pollWait = Duration.milliseconds(50)

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe thread.asUnownedSerialExecutor()
  }

  init(
    _ plan: ReplayPlan, topic: String, kafka: KafkaSettings,
    kafkaLog: @escaping @Sendable (Int32, String, String) -> Void
  ) throws(KafkaError) {
    self.plan = plan
    self.topic = topic
    let own = KafkaSettings([
      ("group.id", "grounded-replay"), ("enable.partition.eof", "true"),
    ])
    consumer = try KafkaConsumer(kafka.overridden(by: own), logger: kafkaLog)
  }

  func ranges() throws -> [TopicPartition: Range<Int64>] {
    let all = try consumer.partitions(of: topic, timeout: timeout)
    let wanted = plan.partitions?.map { TopicPartition(topic: topic, partition: $0) } ?? all
    if let missing = wanted.first(where: { !all.contains($0) }) {
      throw ReplayError.noPartition(missing)
    }
    let search = OffsetSearch(consumer: consumer, timeout: timeout)
    var ranges: [TopicPartition: Range<Int64>] = [:]
    let marks = try consumer.watermarks(of: wanted, timeout: timeout)
    for partition in wanted {
      guard let marks = marks[partition] else { preconditionFailure("\(partition) was asked for") }
      let range = marks.low..<marks.high
      let from = try search.offset(of: plan.from, in: partition, range)
      let to = min(try search.offset(of: plan.to, in: partition, range), marks.high)
      guard from < to else { continue }
      guard from >= marks.low else {
        throw ReplayError.gone(partition, from: from, low: marks.low)
      }
      ranges[partition] = from..<to
    }
    return ranges
  }

  func count(in ranges: [TopicPartition: Range<Int64>]) -> Int64 {
    ranges.values.reduce(0) { $0 + Int64($1.count) }
  }

  func open(_ ranges: [TopicPartition: Range<Int64>]) throws {
    let marks = try consumer.watermarks(of: Array(ranges.keys), timeout: timeout)
    for (partition, range) in ranges {
      guard let low = marks[partition]?.low else {
        preconditionFailure("\(partition) was asked for")
      }
      guard range.lowerBound >= low else {
        throw ReplayError.gone(partition, from: range.lowerBound, low: low)
      }
    }
    open = ranges
    try consumer.assign(ranges.mapValues { .at($0.lowerBound) })
  }

  func next(without full: Set<TopicPartition>) async throws -> [KafkaMessage]? {
    if open.isEmpty { return nil }
    try follow(full)
    var messages: [KafkaMessage] = []
    var event = consumer.poll(timeout: Self.pollWait)
    while let present = event {
      switch present {
      case .message(let message):
        if let range = open[message.partition], message.offset < range.upperBound {
          messages.append(message)
        }
        pass(message.partition, upTo: message.offset + 1)
      case .reachedEnd(let partition, let offset): pass(partition, upTo: offset)
      case .problem(let problem) where !problem.isRetriable: throw problem
      case .problem, .assigned, .revoked: break
      }
      if messages.count >= Self.messagesMax { break }
      event = consumer.poll(timeout: .zero)
    }
    await Task.yield()
    return messages
  }

  func close() { _ = consumer.close(within: .seconds(2)) }

  /// A range may end in what is no message, such as a transaction's marker.
  private func pass(_ partition: TopicPartition, upTo offset: Int64) {
    if let range = open[partition], offset >= range.upperBound { open[partition] = nil }
  }

  private func follow(_ full: Set<TopicPartition>) throws(KafkaError) {
    // What is through needs no reading either.
    let wanted = full.union(paused.filter { open[$0] == nil })
    let begin = wanted.subtracting(paused)
    let end = paused.subtracting(wanted)
    if !begin.isEmpty { try consumer.pause(Array(begin)) }
    if !end.isEmpty { try consumer.resume(Array(end)) }
    paused = wanted
  }
}
