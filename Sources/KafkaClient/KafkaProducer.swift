internal import CRdKafka
internal import Synchronization

/// Writes messages, each once and in order on its partition while this producer lives.
///
/// Everything may be called from any thread. A report comes for every message that `send` took.
public final class KafkaProducer: Sendable {
  private let place: ClientPlace
  /// Reports already taken from librdkafka, for the next who asks.
  private let waiting = Mutex<[DeliveryReport]>([])

  /// Starts the client; connecting happens behind it.
  /// - Parameter settings: above `KafkaSettings.producerDefaults`, which ask for idempotence.
  /// - Throws: `refusedSetting` or `cannotStart`.
  public init(
    _ settings: KafkaSettings, logger: @escaping KafkaLogger
  ) throws(KafkaError) {
    var all = KafkaSettings.producerDefaults.overridden(by: settings)
    all["delivery.report.only.error"] = "false"  // every ticket is answered
    let client = try Client(
      RD_KAFKA_PRODUCER, all, ClientContext(logger: logger),
      prepare: { rd_kafka_conf_set_events($0, RD_KAFKA_EVENT_DR) })
    place = ClientPlace(client)
  }

  /// Puts the message, copied, into librdkafka's queue; never waits.
  /// - Parameter ticket: comes back in the report.
  /// - Throws: `queueFull`, `messageTooLarge`, `unknownTopic`, `fatal`.
  public func send(_ message: OutboundMessage, ticket: UInt64) throws(KafkaError) {
    try place.current().use { client throws(KafkaError) in
      let code = message.produce(with: client, ticket: ticket)
      guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
      let fatal = KafkaError.fatal(of: client)  // the code may be that of its cause
      throw fatal ?? KafkaError(code, doing: "write to \(message.topic)", topic: message.topic)
    }
  }

  /// What became of messages, in order within each partition. Blocks at most that long for the
  /// first report, then takes what is there, at most `max`.
  public func deliveries(timeout: Duration, max: Int) -> [DeliveryReport] {
    guard let client = try? place.current() else { return [] }  // closed: nothing comes any more
    let deadline = ContinuousClock.now + timeout
    while true {
      let left = timeLeft(until: deadline)
      let reports = waiting.withLock { waiting in
        if waiting.isEmpty { Self.collect(from: client, into: &waiting, within: min(left, slice)) }
        while waiting.count < max, Self.collect(from: client, into: &waiting, within: .zero) {}
        let reports = Array(waiting.prefix(max))
        waiting.removeFirst(reports.count)
        return reports
      }
      guard reports.isEmpty, left > .zero else { return reports }
    }
  }

  /// Why this producer can write no more; nil while it can. Make a new one, and send again what
  /// was not acknowledged.
  public var fatalError: KafkaError? {
    guard let client = try? place.current() else { return .closed }
    return client.use { KafkaError.fatal(of: $0) }
  }

  /// Messages sent and neither acknowledged nor given up.
  public var outstanding: Int {
    guard let client = try? place.current() else { return 0 }  // closed: nothing is on its way
    return client.use { Int(rd_kafka_outq_len($0)) }
  }

  /// Waits until nothing is outstanding, at most that long. Reports stay for `deliveries`.
  /// - Returns: whether nothing is left.
  public func flush(timeout: Duration) -> Bool {
    guard let client = try? place.current() else { return true }  // closed: nothing is left
    let deadline = ContinuousClock.now + timeout
    while client.use({ rd_kafka_outq_len($0) }) > 0 {
      let left = timeLeft(until: deadline)
      guard left > .zero else { return false }
      _ = waiting.withLock { Self.collect(from: client, into: &$0, within: min(left, slice)) }
    }
    return true
  }

  /// Gives up everything outstanding, without waiting. Each message is reported as `purged`: not
  /// written if it was still in the queue, else unknown.
  public func purge() {
    guard let client = try? place.current() else { return }  // closed: nothing is left
    let flags = RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING
    client.use { _ = rd_kafka_purge($0, flags) }
  }

  /// Ends, without waiting for what is outstanding. Blocks at most that long.
  /// - Returns: whether everything ended in that time.
  @discardableResult public func close(within limit: Duration) -> Bool {
    guard let destroyed = place.take()?.destroyed else { return true }
    return destroyed.wait(atMost: limit)
  }

  /// For tests: what librdkafka does when idempotence can no longer be kept.
  func failForGood() {
    guard let client = try? place.current() else { return }
    let code = RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER
    client.use { _ = rd_kafka_test_fatal_error($0, code, "a test asked for it") }
  }

  /// The lock is held while waiting, so that reports stay in order; hence only this long.
  private let slice = Duration.milliseconds(20)

  @discardableResult private static func collect(
    from client: Client, into reports: inout [DeliveryReport], within limit: Duration
  ) -> Bool {
    client.use { _ in
      guard let event = rd_kafka_queue_poll(client.queue, limit.milliseconds) else { return false }
      defer { rd_kafka_event_destroy(event) }
      while let message = rd_kafka_event_message_next(event) {
        reports.append(DeliveryReport(message))
      }
      return true
    }
  }
}
