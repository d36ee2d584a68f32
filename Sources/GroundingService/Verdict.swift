public import KafkaClient
public import Reports

/// What is to be done with a message, decided from its bytes alone.
enum Verdict {
  case ground(ReportEvent)
  case reject(Rejection)

  init(for message: KafkaMessage, limits: ReportLimits) {
    do throws(Rejection) {
      self = .ground(try ReportEvent.decode(RawMessage(message), limits: limits))
    } catch {
      self = .reject(error)
    }
  }
}

extension RawMessage {
  /// A message as it came from Kafka.
  public init(_ message: KafkaMessage) {
    self.init(
      topic: message.partition.topic, partition: message.partition.partition,
      offset: message.offset, key: message.key, value: message.value,
      headers: message.headers.map { ($0.name, $0.value ?? []) })
  }
}
