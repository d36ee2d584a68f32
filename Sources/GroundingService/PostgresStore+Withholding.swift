internal import FoundationEssentials
internal import KafkaClient
internal import PostgresClient
internal import Reports

extension PostgresStore {
  /// What stands in the outbox now in the place of a message that was too large.
  enum Withheld: Sendable {
    /// A rejection without a value.
    case replaced(OutboxRow)
    /// The same message: the partition is another's, or nothing can be left out of it.
    case kept
    /// Nothing: the report was erased.
    case erased
  }

  /// Puts a rejection without a value in the place of an outbox row that is too large for Kafka. What was
  /// grounded stays in the ledger, and a rejection beside it says that it was not published.
  ///
  /// Asked again after an answer that was lost, it finds what it did.
  /// - Parameters:
  ///   - row: which Kafka refused, and which is not under way.
  ///   - tenure: nothing is changed when it is over.
  ///   - topic: of rejections.
  func withhold(
    _ row: OutboxRow, under tenure: Tenure, to topic: String, at time: Date
  ) async throws(PostgresError) -> Withheld {
    let campaign = campaign
    let result = try await database.transaction { session throws(PostgresError) in
      try session.withhold(row, under: tenure, to: topic, in: campaign, at: time)
    }
    if let result { return result }
    let stored = try await pendingOutbox(row.source, from: row.offset, limit: 1)
    return stored.first { $0.offset == row.offset }.map { .replaced($0) } ?? .erased
  }
}

extension Database {
  /// Nil when the row was replaced before.
  fileprivate func withhold(
    _ row: OutboxRow, under tenure: Tenure, to topic: String, in campaign: String, at time: Date
  ) throws(PostgresError) -> PostgresStore.Withheld? {
    let held = try execute(
      "SELECT FROM grounded.position WHERE id = $1 AND epoch = $2 FOR UPDATE",
      [.integer(Int64(tenure.row)), .integer(tenure.epoch)])
    guard held.count == 1 else { return .kept }
    // Deleted before anything is read: an erasure waits, or has been.
    let place: [PostgresValue] = [.integer(Int64(tenure.row)), .integer(row.offset)]
    let taken = try execute(
      """
      DELETE FROM grounded.outbox WHERE source = $1 AND source_offset = $2
      RETURNING message_id, header_names IS NULL
      """, place)
    guard taken.count == 1 else { return .erased }
    guard taken.uuid(0, 0) == row.messageID else {
      abandon()
      return nil
    }
    let rows: LedgerRows
    let replacement: OutboxRow
    if taken.boolean(0, 1) == true {
      let grounding = try execute(
        """
        SELECT original, report_id FROM grounded.grounding
        WHERE source = $1 AND source_offset = $2
        """, place)
      let rejected = RejectedReport(
        unpublishable: row, original: grounding.bytes(0, 0), campaign: campaign, at: time)
      replacement = OutboxRow(
        source: row.source, offset: row.offset, messageID: rejected.rejectionID, topic: topic,
        message: rejected.encoded(valueBytesMax: 0))
      // The grounding has the original, and an erasure finds it there.
      let noted = RejectedReport(
        unpublishable: row, original: nil, campaign: campaign, at: time)
      rows = LedgerRows(
        of: .rejected(RejectionRecord(noted, reportID: grounding.text(0, 1))), at: row.offset,
        outbox: replacement, source: tenure.row)
    } else {
      guard row.topic == topic, let smaller = row.withoutOriginal else {
        abandon()
        return .kept
      }
      replacement = smaller
      rows = LedgerRows(outbox: replacement, source: tenure.row)
    }
    try insert([rows])
    return .replaced(replacement)
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
