internal import KafkaClient
internal import PostgresClient

/// Results beside the live ones: they move no position, and nothing is published of them.
extension PostgresStore {
  /// The row of a partition in this campaign, which may be one that nobody consumes.
  func row(of partition: TopicPartition) async throws(PostgresError) -> Int32 {
    _ = try await database.execute(
      """
      INSERT INTO grounded.position (campaign, topic, partition)
      SELECT id, $2, $3 FROM grounded.campaign WHERE name = $1 ON CONFLICT DO NOTHING
      """, place(partition))
    let rows = try await database.execute(
      "SELECT id FROM grounded.position WHERE \(Self.isPlace)", place(partition))
    return Int32(try rows.required(0, 0))
  }

  /// Adds a grounding, unless this campaign has one of the same message.
  ///
  /// - Parameter source: `row(of:)` of the message's partition.
  /// - Returns: false when it has.
  func add(_ entry: LedgerEntry, source: Int32) async throws(PostgresError) -> Bool {
    do throws(PostgresError) {
      return try await database.transaction { session throws(PostgresError) in
        let known = try session.execute(
          """
          SELECT EXISTS (SELECT FROM grounded.grounding WHERE source = $1 AND source_offset = $2)
          """, [.integer(Int64(source)), .integer(entry.offset)])
        guard known.boolean(0, 0) == false else { return false }
        try session.copy([entry.rows.groundings], into: LedgerRows.groundingColumns)
        return true
      }
    } catch {
      // 23505: another daemon was faster with the same message.
      guard case .refused("23505", _) = error else { throw error }
      return false
    }
  }
}
