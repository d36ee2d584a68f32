import FoundationEssentials
import KafkaClient
import Reports

@testable import GroundingService

/// Ledger entries without a story.
enum Samples {
  /// A rejection of the message at that offset of the inbound topic's only partition.
  static func rejected(_ offset: Int64) -> LedgerEntry {
    let rejected = report(offset, key: nil)
    return LedgerEntry(
      .rejected(RejectionRecord(rejected, reportID: nil)), at: offset, row: 1,
      outbox: outboxRow(offset))
  }

  /// What is published of it.
  /// - Parameter key: of the message.
  static func outboxRow(_ offset: Int64, key: String? = nil) -> OutboxRow {
    let rejected = report(offset, key: key)
    return OutboxRow(
      source: source, offset: offset, messageID: rejected.rejectionID, topic: "reports.rejected",
      message: rejected.encoded(valueBytesMax: 1_024))
  }

  private static let source = TopicPartition(topic: "reports.generated", partition: 0)

  private static func report(_ offset: Int64, key: String?) -> RejectedReport {
    let message = RawMessage(
      topic: source.topic, partition: 0, offset: offset, key: key.map { Array($0.utf8) },
      value: Array("{".utf8), headers: [])
    return RejectedReport(
      message: message, rejection: Rejection(.notJSON, at: .decide, "not JSON"),
      campaign: "live", rejectedAt: Date(timeIntervalSince1970: 0))
  }
}
