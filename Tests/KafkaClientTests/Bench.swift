import Foundation
import KafkaClient
import Synchronization

/// Brokers and clients for one test; every wait ends.
struct Bench {
  let brokers: MockBrokers
  static let patience = Duration.seconds(20)

  init(_ topics: [String: Int] = ["in": 3], brokers count: Int = 1) throws {
    brokers = try MockBrokers(count: count)
    for (name, partitions) in topics { try brokers.createTopic(name, partitions: partitions) }
  }

  func settings(_ others: [(String, String)] = []) -> KafkaSettings {
    KafkaSettings(
      [
        ("bootstrap.servers", brokers.addresses), ("reconnect.backoff.max.ms", "200"),
      ] + others)
  }

  func producer(_ others: [(String, String)] = []) throws -> KafkaProducer {
    try KafkaProducer(settings(others), logger: quiet)
  }

  func consumer(_ others: [(String, String)] = [], group: String = "g") throws -> KafkaConsumer {
    let group = [("group.id", group), ("session.timeout.ms", "6000")]
    let pace = [("heartbeat.interval.ms", "200"), ("fetch.wait.max.ms", "50")]
    return try KafkaConsumer(settings(group + pace + others), logger: quiet)
  }

  /// Writes one message per number, waits for all reports, and gives them by ticket.
  func write(
    _ count: Int, to topic: String = "in", key: (Int) -> String = { "\($0)" }
  ) throws -> [DeliveryReport] {
    let producer = try producer()
    for number in 0..<count {
      let key = Array(key(number).utf8)
      try producer.send(
        OutboundMessage(topic: topic, key: key, value: Array("\(number)".utf8)),
        ticket: UInt64(number))
    }
    return reports(count, of: producer)
  }
}

let quiet: KafkaLogger = { _, _, _ in }

/// That many reports, or what came until patience ended.
func reports(
  _ count: Int, of producer: KafkaProducer, within limit: Duration = Bench.patience
) -> [DeliveryReport] {
  let deadline = ContinuousClock.now + limit
  var reports: [DeliveryReport] = []
  while reports.count < count, ContinuousClock.now < deadline {
    reports += producer.deliveries(timeout: .milliseconds(200), max: 1_000)
  }
  return reports
}

extension KafkaConsumer {
  /// The events up to the first that `isLast`, or nil when patience ended.
  func events(
    within limit: Duration = Bench.patience, until isLast: (KafkaEvent) -> Bool
  ) -> [KafkaEvent]? {
    let deadline = ContinuousClock.now + limit
    var events: [KafkaEvent] = []
    while ContinuousClock.now < deadline {
      guard let event = poll(timeout: .milliseconds(100)) else { continue }
      events.append(event)
      if isLast(event) { return events }
    }
    return nil
  }

  /// That many messages, or what came until patience ended.
  func messages(_ count: Int, within limit: Duration = Bench.patience) -> [KafkaMessage] {
    let deadline = ContinuousClock.now + limit
    var messages: [KafkaMessage] = []
    while messages.count < count, ContinuousClock.now < deadline {
      guard case .message(let message) = poll(timeout: .milliseconds(100)) else { continue }
      messages.append(message)
    }
    return messages
  }

  /// The first problem, or nil when patience ended.
  func problem(within limit: Duration = Bench.patience) -> KafkaError? {
    guard case .problem(let error) = events(within: limit, until: \.isProblem)?.last else {
      return nil
    }
    return error
  }

  func assignAll(_ topic: String = "in", partitions: Int, at start: KafkaOffset = .beginning) throws
  {
    let all = (0..<Int32(partitions)).map { TopicPartition(topic: topic, partition: $0) }
    try assign(Dictionary(uniqueKeysWithValues: all.map { ($0, start) }))
  }
}

extension KafkaEvent {
  var isProblem: Bool { if case .problem = self { true } else { false } }
  var assigned: [TopicPartition]? { if case .assigned(let list) = self { list } else { nil } }
  var revoked: [TopicPartition]? { if case .revoked(let list, _) = self { list } else { nil } }
}

extension DeliveryReport {
  var position: KafkaPosition? { try? get() }
  var error: KafkaError? {
    switch outcome {
    case .written: nil
    case .notWritten(let error), .unknown(let error): error
    }
  }
  var isUnknown: Bool { if case .unknown = outcome { true } else { false } }
}

/// Random numbers that a test can repeat: a linear congruential generator (Knuth, MMIX).
struct Dice {
  var state: UInt64

  /// 0 ..< sides
  mutating func roll(_ sides: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(sides))
  }
}

/// Log lines from librdkafka's threads.
final class Lines: Sendable {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock { $0 } }

  func append(_ line: String) { lines.withLock { $0.append(line) } }
}
