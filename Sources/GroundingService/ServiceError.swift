public import KafkaClient

/// Why the daemon stops, and what a person has to decide.
public enum ServiceError: Error, Equatable, CustomStringConvertible {
  /// The topic does not have the position that the ledger knows.
  case positionOutOfRange(TopicPartition, position: Int64, low: Int64?, high: Int64?)
  /// The ledger has results of the offsets that are to be read: the topic was made anew.
  case topicMadeAnew(TopicPartition, position: Int64, start: Int64)
  /// No position in the ledger or in the group, and the configuration says not to guess.
  case noPosition(TopicPartition)
  /// Another process raised the epoch while we opened the partition; it is opened again later.
  case takenOver(TopicPartition)
  /// The database has migrations that this program does not know, or lacks some.
  case schema(String)

  public var description: String {
    switch self {
    case .positionOutOfRange(let partition, let position, let low, let high):
      "\(partition): the ledger stands at offset \(position), which the topic does not have"
        + (low.map { " (it holds \($0)…\((high ?? $0))" + ")" } ?? "")
        + ". Retention passed it, or the topic was made anew. Decide where to go on with"
        + " topics.on_out_of_range = earliest or latest."
    case .topicMadeAnew(let partition, let position, let start):
      "\(partition): the topic begins at offset \(start) again, and the ledger has results up to"
        + " \(position). Their offsets would mean two things: go on under another campaign"
        + " (campaign = NAME), or another topic."
    case .noPosition(let partition):
      "\(partition): neither the ledger nor the consumer group knows a position, and"
        + " topics.start = fail. Set it to earliest or latest."
    case .takenOver(let partition): "\(partition) was taken over by another process meanwhile."
    case .schema(let problem): problem
    }
  }

  /// False when trying again may mend it.
  var needsDecision: Bool {
    if case .takenOver = self { return false }
    return true
  }
}
