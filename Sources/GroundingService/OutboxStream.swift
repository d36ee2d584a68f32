internal import KafkaClient

/// The publication of one partition's outbox rows: which wait, which are under way, which are out.
///
/// A value without a broker: it decides, the relay acts.
struct OutboxStream {
  let tenure: Tenure
  /// Rows to be sent, in order of their source offset.
  private(set) var waiting: ArraySlice<OutboxRow> = []
  /// Rows handed to librdkafka, by source offset.
  private(set) var underWay: [Int64: OutboxRow] = [:]
  /// Rows that failed and go out again once nothing is under way, so that they keep their order.
  private var failed: [OutboxRow] = []
  /// Source offsets that Kafka has acknowledged and that are still in the ledger's outbox.
  private(set) var acknowledged: [Int64] = []
  /// The next outbound offset after what was acknowledged, by outbound partition.
  private(set) var reached: [TopicPartition: Int64] = [:]

  init(tenure: Tenure) { self.tenure = tenure }

  /// Rows that are not yet acknowledged.
  var backlog: Int { waiting.count + underWay.count + failed.count }

  var isSettled: Bool { underWay.isEmpty && acknowledged.isEmpty }

  /// True while rows wait for their second try: nothing may overtake them.
  var isStalled: Bool { !failed.isEmpty }

  mutating func append(_ row: OutboxRow) { waiting.append(row) }

  /// The next row to send; nil when none may go.
  func next() -> OutboxRow? { isStalled ? nil : waiting.first }

  /// Notes that the next row was handed over.
  mutating func sent() {
    let row = waiting.removeFirst()
    underWay[row.offset] = row
  }

  /// Kafka has the row of that source offset, at that outbound offset; nil when it no longer knows.
  mutating func delivered(_ offset: Int64, to partition: TopicPartition, at outbound: Int64?) {
    guard underWay.removeValue(forKey: offset) != nil else { return }
    note(offset, in: partition, at: outbound)
    requeueWhenQuiet()
  }

  /// Kafka refused the row, or gave up on it.
  mutating func refused(_ offset: Int64) {
    guard let row = underWay.removeValue(forKey: offset) else { return }
    failed.append(row)
    requeueWhenQuiet()
  }

  /// The producer died: nothing is under way any more, and what was may be out or not.
  mutating func interrupt() {
    failed.append(contentsOf: underWay.values)
    underWay = [:]
    requeueWhenQuiet()
  }

  /// Takes out of the queue what turned out to be on the outbound topic already.
  mutating func skip(_ published: [Int64: (TopicPartition, Int64)]) {
    for (offset, place) in published.sorted(by: { $0.key < $1.key }) {
      note(offset, in: place.0, at: place.1)
    }
    waiting.removeAll { published[$0.offset] != nil }
  }

  /// Hands out what the ledger may now forget.
  mutating func takeAcknowledged() -> (offsets: [Int64], reached: [TopicPartition: Int64]) {
    defer { acknowledged = [] }
    return (acknowledged, reached)
  }

  /// The ledger could not forget them yet.
  mutating func putBack(_ offsets: [Int64]) { acknowledged.insert(contentsOf: offsets, at: 0) }

  private mutating func note(_ offset: Int64, in partition: TopicPartition, at outbound: Int64?) {
    acknowledged.append(offset)
    if let outbound { reached[partition] = max(reached[partition] ?? 0, outbound + 1) }
  }

  private mutating func requeueWhenQuiet() {
    guard underWay.isEmpty, !failed.isEmpty else { return }
    failed.sort { $0.offset < $1.offset }
    waiting = ArraySlice(failed) + waiting
    failed = []
  }
}
