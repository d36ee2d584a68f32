internal import GroundingService
internal import KafkaClient
internal import Reports

/// Reads what the daemon published, from the beginning of the topics on.
struct OutboundReader {
  /// Why not everything came.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let consumer: KafkaConsumer

  init(_ settings: KafkaSettings, topics: [String]) throws(KafkaError) {
    consumer = try KafkaConsumer(settings, logger: { _, _, _ in })
    var starts: [TopicPartition: KafkaOffset] = [:]
    for topic in topics {
      for partition in try consumer.partitions(of: topic, timeout: .seconds(10)) {
        starts[partition] = .beginning
      }
    }
    try consumer.assign(starts)
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
