internal import FoundationEssentials
internal import KafkaClient
internal import PostgresClient
internal import Reports

extension PostgresStore {
  /// Puts a rejection without a value in the place of an outbox row that is too large for Kafka. What was
  /// grounded stays in the ledger, and a rejection beside it says that it was not published.
  ///
  /// - Parameters:
  ///   - row: which Kafka refused, and which is not under way.
  ///   - tenure: nothing is changed when it is over.
  ///   - topic: of rejections.
  /// - Returns: the new row; nil when nothing was changed, also since nothing can be left out of it.
  func withhold(
    _ row: OutboxRow, under tenure: Tenure, to topic: String, at time: Date
  ) async throws(PostgresError) -> OutboxRow? {
    let campaign = campaign
    return try await database.transaction { session throws(PostgresError) in
      let place: [PostgresValue] = [.integer(Int64(tenure.row)), .integer(row.offset)]
      let held = try session.execute(
        "SELECT FROM grounded.position WHERE id = $1 AND epoch = $2 FOR UPDATE",
        [.integer(Int64(tenure.row)), .integer(tenure.epoch)])
      guard held.count == 1 else { return nil }
      let grounding = try session.execute(
        """
        SELECT g.original, g.report_id FROM grounded.grounding g
        JOIN grounded.outbox o USING (source, source_offset)
        WHERE g.source = $1 AND g.source_offset = $2 AND o.header_names IS NULL
        """, place)
      let rows: LedgerRows
      let replacement: OutboxRow
      if grounding.count == 1 {
        let rejected = RejectedReport(
          unpublishable: row, original: grounding.bytes(0, 0), campaign: campaign, at: time)
        replacement = OutboxRow(
          source: row.source, offset: row.offset, messageID: rejected.rejectionID, topic: topic,
          message: rejected.encoded(valueBytesMax: 0))
        rows = LedgerRows(
          of: .rejected(RejectionRecord(rejected, reportID: grounding.text(0, 1))),
          at: row.offset, outbox: replacement, source: tenure.row)
      } else {
        guard let smaller = row.withoutOriginal else { return nil }
        replacement = smaller
        rows = LedgerRows(outbox: replacement, source: tenure.row)
      }
      try session.execute(
        "DELETE FROM grounded.outbox WHERE source = $1 AND source_offset = $2", place)
      try session.insert([rows])
      return replacement
    }
  }
}

extension RejectedReport {
  fileprivate init(
    unpublishable row: OutboxRow, original: [UInt8]?, campaign: String, at time: Date
  ) {
    self.init(
      message: RawMessage(
        topic: row.source.topic, partition: row.source.partition, offset: row.offset,
        key: row.key, value: original),
      rejection: Rejection(
        .notPublishable, at: .publish,
        "the grounded report has \(row.bytes) bytes, more than Kafka takes; the ledger has it"),
      campaign: campaign, rejectedAt: time)
  }
}

extension OutboxRow {
  /// A rejection with nothing in it but our headers; nil when it is that already.
  fileprivate var withoutOriginal: OutboxRow? {
    let note = KafkaHeader(name: "grounded_value_left_out", value: Array("true".utf8))
    let ours = headers.filter { $0.name.hasPrefix("grounded_") && $0.name != note.name }
    let smaller = OutboxRow(
      source: source, offset: offset, messageID: messageID, topic: topic, key: key,
      headers: ours + [note], payload: nil)
    return smaller.bytes < bytes ? smaller : nil
  }
}
