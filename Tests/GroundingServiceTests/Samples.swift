import FoundationEssentials
import KafkaClient
import Reports

@testable import GroundingService

/// Ledger entries without a story.
enum Samples {
  /// A rejection of the message at that offset of the inbound topic's only partition.
  /// - Parameter key: of the message.
  static func rejected(_ offset: Int64, key: String? = nil) -> LedgerEntry {
    let source = TopicPartition(topic: "reports.generated", partition: 0)
    let message = RawMessage(
      topic: source.topic, partition: 0, offset: offset, key: key.map { Array($0.utf8) },
      value: Array("{".utf8),
      headers: [])
    let rejected = RejectedReport(
      message: message, rejection: Rejection(.notJSON, at: .decide, "not JSON"),
      campaign: "live", rejectedAt: Date(timeIntervalSince1970: 0))
    let encoded = rejected.encoded(valueBytesMax: 1_024)
    return LedgerEntry(
      .rejected(RejectionRecord(rejected, reportID: nil)), at: offset, row: 1,
      outbox: OutboxRow(
        source: source, offset: offset, messageID: rejected.rejectionID,
        topic: "reports.rejected", message: encoded))
  }
}
