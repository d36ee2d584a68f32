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
}
