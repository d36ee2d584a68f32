public import KafkaClient

/// Why a replay does not begin, or does not go on; each description says what to do.
public enum ReplayError: Error, Equatable, CustomStringConvertible {
  /// Live work, or another replay, has the name.
  case campaignIsAnother(String, difference: String)
  /// There is nothing to go over.
  case nothing(String)
  case noPartition(TopicPartition)
  /// Retention has passed the first message that is wanted.
  case gone(TopicPartition, from: Int64, low: Int64)
  /// Another process goes on with the same campaign.
  case takenOver(String)
  /// The scores were made by more than one grounder, or under terms that do not allow it.
  case scoresDoNotAllow(String)

  public var description: String {
    switch self {
    case .campaignIsAnother(let name, let difference):
      "the campaign \(name) exists and is another: \(difference). Take another name, or give what"
        + " it was begun with to go on."
    case .nothing(let reason): reason
    case .noPartition(let partition): "\(partition) does not exist."
    case .gone(let partition, let from, let low):
      "\(partition): offset \(from) is gone; the topic begins at \(low). Begin there with"
        + " --from=beginning, or take the reports from the ledger with --from-ledger."
    case .takenOver(let name):
      "another process has taken the campaign \(name) over and goes on with it."
    case .scoresDoNotAllow(let reason): reason
    }
  }
}
