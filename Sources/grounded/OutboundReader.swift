internal import GroundingService
internal import KafkaClient
internal import Reports

/// Reads what the daemon published, from the beginning of the topics on.
struct OutboundReader {
  /// Why not everything came.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// How long the brokers may give nothing.
  private static let silenceMax = Duration.seconds(60)

  private let consumer: KafkaConsumer
  private let partitions: [TopicPartition]

  init(_ settings: KafkaSettings, topics: [String]) throws(KafkaError) {
    consumer = try KafkaConsumer(settings, logger: { _, _, _ in })
    var starts: [TopicPartition: KafkaOffset] = [:]
    for topic in topics {
      for partition in try consumer.partitions(of: topic, timeout: .seconds(10)) {
        starts[partition] = .beginning
      }
    }
    try consumer.assign(starts)
    partitions = starts.keys.sorted()
  }

  /// Gives every message that the topics hold at this moment, those of a partition in order.
  ///
  /// The settings need `enable.partition.eof`: what a range ends in may be no message.
  func all(_ take: (RawMessage) throws -> Void) async throws {
    var ends = try consumer.watermarks(of: partitions, timeout: .seconds(10))
      .filter { $0.value.low < $0.value.high }.mapValues(\.high)
    var heardAt = ContinuousClock.now
    while !ends.isEmpty {
      guard ContinuousClock.now - heardAt < Self.silenceMax else {
        throw Failure(description: "the brokers give nothing for \(Self.silenceMax); try again")
      }
      switch consumer.poll(timeout: .milliseconds(10)) {
      case .message(let message):
        heardAt = .now
        guard let end = ends[message.partition] else { continue }
        if message.offset < end { try take(RawMessage(message)) }
        if message.offset + 1 >= end { ends[message.partition] = nil }
      case .reachedEnd(let partition, _): ends[partition] = nil
      case .problem(let problem) where !problem.isRetriable: throw problem
      default: await Task.yield()
      }
    }
  }

  /// Waits for that many messages; meanwhile others may work.
  func read(count: Int, within time: Duration) async throws -> [RawMessage] {
    let deadline = ContinuousClock.now + time
    var messages: [RawMessage] = []
    while messages.count < count {
      guard ContinuousClock.now < deadline else {
        throw Failure(description: "\(messages.count) of \(count) messages came out in \(time)")
      }
      switch consumer.poll(timeout: .milliseconds(10)) {
      case .message(let message): messages.append(RawMessage(message))
      case .problem(let problem) where !problem.isRetriable: throw problem
      default: await Task.yield()
      }
    }
    return messages
  }
}
