internal import KafkaClient

/// The producer that knows what it sent.
struct Sender {
  private let cluster: Cluster
  private var producer: KafkaProducer
  private var all: [Dispatch] = []
  /// Where Kafka said that a message stands, by its number.
  private(set) var written: [Int: KafkaPosition] = [:]
  private var waiting: Set<Int> = []
  private var again: [Int] = []

  init(_ cluster: Cluster) throws(KafkaError) {
    self.cluster = cluster
    producer = try Self.make(cluster)
  }

  private static func make(_ cluster: Cluster) throws(KafkaError) -> KafkaProducer {
    try KafkaProducer(
      cluster.settings.overridden(
        by: KafkaSettings([("linger.ms", "2"), ("message.timeout.ms", "15000")])),
      logger: { _, _, _ in })
  }

  /// Sends a third at once and the others evenly, and again what Kafka refused.
  mutating func send(_ dispatches: [Dispatch], over time: Duration) async throws {
    all = dispatches
    let begin = ContinuousClock.now
    var next = 0
    while next < all.count {
      let share = (ContinuousClock.now - begin) / time
      let due = min(all.count, all.count / 3 + Int(Double(all.count) * share * 2 / 3))
      while next < due {
        try give(next)
        next += 1
      }
      try take()
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  /// Waits until Kafka has answered for everything; false when it did not.
  mutating func finish(within time: Duration) async throws -> Bool {
    let deadline = ContinuousClock.now + time
    while !waiting.isEmpty || !again.isEmpty {
      guard ContinuousClock.now < deadline else { return false }
      try take()
      try await Task.sleep(for: .milliseconds(10))
    }
    producer.close(within: .seconds(2))
    return true
  }

  private mutating func give(_ number: Int) throws {
    let dispatch = all[number]
    let message = OutboundMessage(
      topic: cluster.topics[0], key: Array(dispatch.key.utf8), value: dispatch.value,
      headers: [KafkaHeader(name: Dispatch.header, value: Array("\(number)".utf8))])
    do throws(KafkaError) {
      try producer.send(message, ticket: UInt64(number))
      waiting.insert(number)
    } catch {
      again.append(number)
    }
  }

  private mutating func take() throws {
    for report in producer.deliveries(timeout: .zero, max: 1_000) {
      let number = Int(report.ticket)
      waiting.remove(number)
      switch report.outcome {
      case .written(let place): written[number] = place
      case .notWritten: again.append(number)
      case .unknown: break  // the inbound topic will show
      }
    }
    if producer.fatalError != nil {
      producer.purge()
      waiting = []  // the inbound topic will show
      producer.close(within: .milliseconds(500))
      producer = try Self.make(cluster)
    }
    let retried = again
    again = []
    for number in retried { try give(number) }
  }
}
