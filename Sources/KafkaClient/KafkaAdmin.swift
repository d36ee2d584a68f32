internal import CRdKafka

/// Looks at topics and changes them. Each request waits for its answer, at most `timeout`.
///
/// Everything may be called from any thread.
public final class KafkaAdmin: Sendable {
  private let place: ClientPlace

  /// Starts the client; connecting happens behind it.
  /// - Throws: `refusedSetting` or `cannotStart`.
  public init(
    _ settings: KafkaSettings, logger: @escaping KafkaLogger
  ) throws(KafkaError) {
    var all = KafkaSettings.adminDefaults.overridden(by: settings)
    all["group.id"] = nil  // it belongs to no group
    // A consumer, since a producer would create each topic that it asks about.
    place = ClientPlace(
      try Client(RD_KAFKA_CONSUMER, all, ClientContext(logger: logger)))
  }

  /// All topics, by name, internal ones included.
  public func listTopics(timeout: Duration) throws(KafkaError) -> [TopicDescription] {
    try Metadata.allTopics(asking: client(), timeout: timeout)
  }

  /// Ends. Blocks at most that long.
  /// - Returns: whether everything ended in that time.
  @discardableResult public func close(within limit: Duration) -> Bool {
    guard let destroyed = place.take()?.destroyed else { return true }
    return destroyed.wait(atMost: limit)
  }

  func client() throws(KafkaError) -> Client { try place.current() }
}
