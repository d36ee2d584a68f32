internal import KafkaClient

/// Where the messages of a replay come from: the topic (`TopicSource`) or the ledger (`LedgerSource`).
protocol ReplaySource: Sendable {
  /// The ranges that a plan comes to at present, by partition; partitions without any message are left out.
  func ranges() async throws -> [TopicPartition: Range<Int64>]

  /// How many messages the ranges hold; for a topic at most that many.
  func count(in ranges: [TopicPartition: Range<Int64>]) async throws -> Int64

  /// Begins to read the ranges.
  func open(_ ranges: [TopicPartition: Range<Int64>]) async throws

  /// The next messages, in the order of their partitions; empty when none came in a moment, nil when the
  /// ranges are through.
  /// - Parameter paused: partitions of which nothing is wanted at present.
  func next(without paused: Set<TopicPartition>) async throws -> [KafkaMessage]?

  func close() async
}
