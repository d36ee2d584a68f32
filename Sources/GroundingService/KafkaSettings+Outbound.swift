public import KafkaClient
public import Reports

extension KafkaSettings {
  /// These settings for a producer of messages as large as are read, with headers of ours beside
  /// them: librdkafka's own bound is 1 MB. A bound that is set stays.
  public func carrying(_ limits: ReportLimits) -> KafkaSettings {
    guard self["message.max.bytes"] == nil else { return self }
    let largest = max(16 << 20, limits.messageBytesMax) + (1 << 20)
    return overridden(
      by: KafkaSettings([("message.max.bytes", String(min(largest, 1_000_000_000)))]))
  }

  /// Lets the producer give a message up long before the group would give our partitions to others,
  /// unless told otherwise: a process that wakes from a freeze drops what it held instead of sending it.
  var soonGivenUp: KafkaSettings {
    guard self["message.timeout.ms"] == nil else { return self }
    let session = self["session.timeout.ms"].flatMap(Int.init) ?? 45_000
    let limit = max(1_000, min(5_000, session / 2))
    return overridden(by: KafkaSettings([("message.timeout.ms", String(limit))]))
  }

  /// How long librdkafka keeps a message that it cannot deliver; by itself, five minutes.
  var messageTimeout: Duration {
    .milliseconds(self["message.timeout.ms"].flatMap(Int.init) ?? 300_000)
  }
}
