internal import CRdKafka
internal import Synchronization

/// A member of a consumer group, or a reader of partitions that its owner picks.
///
/// Kafka keeps no position for it: `assign` says where each partition begins, every time. Poll from
/// one thread, at least every `max.poll.interval.ms`; everything else may be called from any thread.
public final class KafkaConsumer: Sendable {
  private let place: ClientPlace
  private let context: ClientContext
  private let destroyed: Latch
  private let paused = PausedPartitions()

  /// Starts the client; connecting happens behind it.
  /// - Parameter settings: above `KafkaSettings.consumerDefaults`; `group.id` is needed to subscribe.
  /// - Throws: `refusedSetting` or `cannotStart`.
  public init(
    _ settings: KafkaSettings, logger: @escaping KafkaLogger
  ) throws(KafkaError) {
    try settings.checkForConsumer()
    context = ClientContext(logger: logger)
    let all = KafkaSettings.consumerDefaults.overridden(by: settings)
    let client = try Client(RD_KAFKA_CONSUMER, all, context, prepare: Self.receiveEvents)
    destroyed = client.destroyed
    rd_kafka_poll_set_consumer(client.pointer)
    place = ClientPlace(client)
  }

  deinit { startClosing() }

  /// Joins the group for these topics. Assignments come as events.
  public func subscribe(to topics: [String]) throws(KafkaError) {
    let list = PartitionList(topics: topics)
    try check(client().use { rd_kafka_subscribe($0, list.pointer) }, doing: "subscribe")
  }

  /// The next event, or nil when none came in time. Blocks at most that long.
  public func poll(timeout: Duration) -> KafkaEvent? {
    if let event = context.next() { return event }
    guard let client = try? client() else { return nil }  // closed: nothing comes any more
    let event = client.use { pointer -> KafkaEvent? in
      guard let message = rd_kafka_consumer_poll(pointer, timeout.milliseconds) else { return nil }
      defer { rd_kafka_message_destroy(message) }
      return KafkaEvent(message, of: pointer)
    }
    // A callback ran in that poll and ended it, or a message came first and the callback's event next.
    return event ?? context.next()
  }

  /// Reads exactly these partitions from these places on; what was fetched before is forgotten, and
  /// nothing is paused. Call it where you poll, so that no message slips in between.
  public func assign(_ starts: [TopicPartition: KafkaOffset]) throws(KafkaError) {
    let list = PartitionList(starts.keys) { starts[$0]?.number ?? Int64(RD_KAFKA_OFFSET_INVALID) }
    let client = try client()
    resumeAll(client)
    try check(client.use { rd_kafka_assign($0, list.pointer) }, doing: "assign partitions")
  }

  /// Reads nothing any more; the answer that the group waits for after `revoked`.
  public func unassign() throws(KafkaError) {
    let client = try client()
    resumeAll(client)
    try check(client.use { rd_kafka_assign($0, nil) }, doing: "give partitions back")
  }

  /// No message of these partitions comes until `resume`. Paused ones stay as they are, and
  /// partitions that are not assigned are passed over.
  public func pause(_ partitions: [TopicPartition]) throws(KafkaError) {
    let client = try client()
    try paused.pause(partitions) { list in
      client.use { rd_kafka_pause_partitions($0, list) }
    }
  }

  /// Goes on where the last message of each was given out.
  ///
  /// Only what is paused reaches librdkafka, which would rewind the others.
  public func resume(_ partitions: [TopicPartition]) throws(KafkaError) {
    let client = try client()
    let resumed = try paused.resume(partitions) { list in
      client.use { rd_kafka_resume_partitions($0, list) }
    }
    wake(resumed, client)
  }

  /// Leaves the group and ends. Blocks at most that long; what is left goes on behind it.
  /// - Returns: whether everything ended in that time.
  @discardableResult public func close(within limit: Duration) -> Bool {
    startClosing()
    return destroyed.wait(atMost: limit)
  }

  /// librdkafka keeps a partition paused beyond its assignment and into the next one; we do not.
  private func resumeAll(_ client: Client) {
    paused.resumeAll { list in client.use { rd_kafka_resume_partitions($0, list) } }
  }

  /// In 2.0.2 a broker's thread that had nothing to fetch sleeps for up to a second, and being resumed
  /// does not wake it. A request does, and its answer does once more: the end of each partition,
  /// which nobody waits for.
  private func wake(_ partitions: Set<TopicPartition>, _ client: Client) {
    guard !partitions.isEmpty else { return }
    let list = PartitionList(partitions) { _ in Int64(RD_KAFKA_OFFSET_END) }
    client.use { _ = rd_kafka_offsets_for_times($0, list.pointer, 0) }
  }

  func client() throws(KafkaError) -> Client { try place.current() }

  private func startClosing() {
    guard let client = place.take() else { return }
    context.isClosing.store(true, ordering: .sequentiallyConsistent)
    onOwnThread {
      client.use { pointer in
        // The group may be waiting for our answer to a rebalance; closing waits behind it.
        rd_kafka_assign(pointer, nil)
        rd_kafka_consumer_close(pointer)
      }
    }
  }
}

extension KafkaConsumer {
  /// Rebalances come through the callback and `rd_kafka_consumer_poll`, not as RD_KAFKA_EVENT_REBALANCE:
  /// in 2.0.2 only that poll is sure to note a message as given out, which is where a paused
  /// partition goes on, and closing serves the callback by itself, where an event would wait for
  /// somebody to poll. `rd_kafka_yield` ends the poll at once, so that no message overtakes the event.
  private static func receiveEvents(_ configuration: OpaquePointer) {
    rd_kafka_conf_set_rebalance_cb(configuration) { client, code, list, _ in
      guard let client, let list, let context = ClientContext.of(client) else { return }
      let partitions = PartitionResult.all(in: list).map { $0.partition }.sorted()
      if context.isClosing.load(ordering: .sequentiallyConsistent) {
        rd_kafka_assign(client, nil)
        return
      }
      switch code {
      case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS: context.leave(.assigned(partitions))
      case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
        context.leave(.revoked(partitions, isLost: rd_kafka_assignment_lost(client) != 0))
      default:
        context.leave(.problem(KafkaError(code, doing: "rebalance")))
        context.leave(.revoked(partitions, isLost: true))
      }
      rd_kafka_yield(client)
    }
    rd_kafka_conf_set_error_cb(configuration) { client, code, reason, opaque in
      guard let client, let context = ClientContext.of(client) else { return }
      let code = rd_kafka_resp_err_t(rawValue: code)
      let fatal = code == RD_KAFKA_RESP_ERR__FATAL ? KafkaError.fatal(of: client) : nil
      if let reason { context.logger(4, "ERROR", String(cString: reason)) }
      context.leave(.problem(fatal ?? KafkaError(code, doing: "reach the brokers")))
      rd_kafka_yield(client)
    }
    rd_kafka_conf_set_offset_commit_cb(configuration) { client, code, _, _ in
      ClientContext.of(client)?.endCommit()
      guard code != RD_KAFKA_RESP_ERR_NO_ERROR, code != RD_KAFKA_RESP_ERR__NO_OFFSET else { return }
      // A courtesy to lag monitors that failed is worth a line and nothing more.
      ClientContext.of(client)?.logger(5, "COMMIT", String(cString: rd_kafka_err2str(code)))
    }
  }
}

extension KafkaOffset {
  /// As librdkafka counts: −2 the beginning, −1 the end.
  var number: Int64 {
    switch self {
    case .at(let offset):
      precondition(offset >= 0, "offsets count from 0, not \(offset)")
      return offset
    case .beginning: return Int64(RD_KAFKA_OFFSET_BEGINNING)
    case .end: return Int64(RD_KAFKA_OFFSET_END)
    }
  }
}
