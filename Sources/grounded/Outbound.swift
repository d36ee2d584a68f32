internal import FoundationEssentials
internal import KafkaClient
internal import Reports
internal import Synchronization

/// Sends messages, knows what became of them, and says so when nobody answers.
struct Outbound: ~Copyable {
  /// What Kafka refused.
  struct Refusal: Error, CustomStringConvertible {
    /// The lowest number of a message that was refused.
    var ticket: UInt64
    var problem: KafkaError
    /// How many were.
    var count = 1

    var description: String { "\(problem)" }
  }

  private let producer: KafkaProducer
  private let topic: String
  private let brokers: String
  private let complain: @Sendable (String) -> Void
  private let trouble = Trouble()
  private let deliveryMax: Duration
  private var sent = 0
  private var answered = 0
  private var refusal: Refusal?
  /// When Kafka last answered; nil once its silence was complained of.
  private var silentSince: ContinuousClock.Instant? = .now

  /// How long Kafka may say nothing before that is worth a line.
  private static let patience = Duration.seconds(3)

  /// - Parameter complain: takes a line when Kafka does not answer.
  init(
    _ settings: KafkaSettings, topic: String, complain: @escaping @Sendable (String) -> Void
  ) throws(KafkaError) {
    let bound = settings["message.timeout.ms"] ?? settings["delivery.timeout.ms"] ?? "120000"
    deliveryMax = .milliseconds(Int(bound) ?? 120_000)
    producer = try KafkaProducer(
      settings.overridden(by: KafkaSettings([("message.timeout.ms", bound)])),
      logger: trouble.take)
    brokers = settings["bootstrap.servers"] ?? ""
    self.topic = topic
    self.complain = complain
  }

  /// True once a message was refused: then it makes no sense to send more.
  var isRefused: Bool { refusal != nil }

  /// Hands one message over; waits for room when the queue is full.
  /// - Parameter ticket: comes back in a refusal.
  mutating func send(_ message: EncodedMessage, ticket: UInt64) throws(KafkaError) {
    let outbound = OutboundMessage(
      topic: topic, key: message.key, value: message.value,
      headers: message.headers.map { KafkaHeader(name: $0.name, value: $0.value) })
    if sent == answered { silentSince = .now }
    while true {
      do throws(KafkaError) {
        try producer.send(outbound, ticket: ticket)
        sent += 1
        if sent.isMultiple(of: 1_024) { take(.zero) }
        return
      } catch {
        guard case .queueFull = error else { throw error }
        take(.milliseconds(100))
      }
    }
  }

  /// Waits until Kafka has answered for every message; throws what it refused.
  mutating func finish() throws(Refusal) {
    while answered < sent { take(.milliseconds(500)) }
    if let refusal { throw refusal }
  }

  private mutating func take(_ timeout: Duration) {
    let reports = producer.deliveries(timeout: timeout, max: 10_000)
    if reports.isEmpty { complainOfSilence() } else { silentSince = .now }
    answered += reports.count
    for report in reports {
      let problem: KafkaError
      switch report.outcome {
      case .written: continue
      case .notWritten(let reason), .unknown(let reason): problem = reason
      }
      guard let first = refusal else {
        refusal = Refusal(ticket: report.ticket, problem: problem)
        continue
      }
      refusal?.count += 1
      guard report.ticket < first.ticket else { continue }
      refusal?.ticket = report.ticket
      refusal?.problem = problem
    }
  }

  private mutating func complainOfSilence() {
    guard let since = silentSince, ContinuousClock.now - since >= Self.patience else { return }
    silentSince = nil
    let end = Date(timeIntervalSinceNow: (since + deliveryMax - .now) / .seconds(1))
    let until = deliveryMax == .zero ? "stopped" : end.formatted(.iso8601)
    let cause = trouble.last.map { "cannot reach \(brokers) (\($0))" }
    complain("\(cause ?? "\(brokers) does not acknowledge"); trying until \(until)")
  }
}

/// The last thing that librdkafka had to complain of; it names brokers, and nothing of a message.
private final class Trouble: Sendable {
  private let line = Mutex<String?>(nil)

  var last: String? { line.withLock { $0 } }

  func take(level: Int32, facility: String, text: String) {
    // Level 3 is an error; the facility ERROR sums up what others have said in detail.
    guard level <= 3, facility != "ERROR" else { return }
    let detail = text.firstRange(of: "]: ").map { String(text[$0.upperBound...]) } ?? text
    line.withLock { $0 = detail }
  }
}
