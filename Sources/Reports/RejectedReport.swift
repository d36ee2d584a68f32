public import FoundationEssentials

/// A message that was turned away, for the dead-letter topic.
public struct RejectedReport: Sendable {
  public let message: RawMessage
  public let rejection: Rejection
  public let campaign: String
  public let rejectedAt: Date

  public init(message: RawMessage, rejection: Rejection, campaign: String, rejectedAt: Date) {
    self.message = message
    self.rejection = rejection
    self.campaign = campaign
    self.rejectedAt = rejectedAt
  }

  /// The same for the same message and campaign.
  public var rejectionID: UUID { Reports.rejectionID(message.position, campaign: campaign) }

  /// The message of the dead-letter topic: key, value and headers as they came, and ours, whose
  /// names begin with `grounded_`. Without those it can be sent to the inbound topic again.
  ///
  /// - Parameter valueBytesMax: what the dead-letter topic takes. A longer value is left out, and
  ///   `grounded_value_left_out` says so; its length and SHA-256 are always among the headers.
  public func encoded(valueBytesMax: Int) -> EncodedMessage {
    let value = message.value
    let isLeftOut = (value?.count ?? 0) > valueBytesMax
    var headers = message.headers.filter { !$0.name.lowercased().hasPrefix(Self.prefix) }
    func append(_ name: String, _ text: String) {
      headers.append((name: Self.prefix + name, value: Array(text.utf8)))
    }
    append("code", rejection.code.rawValue)
    append("stage", rejection.stage.rawValue)
    append("message", rejection.message)
    append("id", rejectionID.uuidString.lowercased())
    append("campaign", campaign)
    append("rejected_at", Timestamp.text(rejectedAt))
    append("topic", message.topic)
    append("partition", String(message.partition))
    append("offset", String(message.offset))
    if let value {
      append("value_bytes", String(value.count))
      append("value_sha256", SHA256.hex(of: value))
    }
    if isLeftOut { append("value_left_out", "true") }
    return EncodedMessage(key: message.key, headers: headers, value: isLeftOut ? nil : value)
  }

  private static let prefix = "grounded_"
}
