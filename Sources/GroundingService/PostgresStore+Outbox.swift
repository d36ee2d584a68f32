internal import FoundationEssentials
public import KafkaClient
public import PostgresClient

extension PostgresStore {
  /// Messages of a partition that are not known to be published, by source offset.
  ///
  /// - Parameters:
  ///   - offset: of the first to be read.
  ///   - limit: how many at most.
  ///   - bytesMax: ends after the row that reaches it, so that there is always one.
  public func pendingOutbox(
    _ source: TopicPartition, from offset: Int64 = 0, limit: Int = .max, bytesMax: Int = .max
  ) async throws(PostgresError) -> [OutboxRow] {
    var found: [OutboxRow] = []
    var bytes = 0
    var next = offset
    while found.count < limit && bytes < bytesMax {
      let page = min(100, limit - found.count)
      let rows = try await database.execute(
        """
        SELECT o.source_offset, o.message_id, o.topic, o.message_key, o.payload,
          o.header_names, o.header_values
        FROM grounded.outbox o JOIN grounded.position p ON p.id = o.source
        WHERE p.campaign = (SELECT id FROM grounded.campaign WHERE name = $1)
          AND p.topic = $2 AND p.partition = $3 AND o.source_offset >= $4
        ORDER BY o.source_offset LIMIT $5
        """, place(source) + [.integer(next), .integer(Int64(page))])
      for row in 0..<rows.count where bytes < bytesMax {
        found.append(try Self.message(row, of: rows, from: source))
        bytes += found[found.count - 1].payload?.count ?? 0
      }
      guard rows.count == page, let last = found.last else { break }
      next = last.offset + 1
    }
    return found
  }

  /// Forgets messages that Kafka acknowledged, and notes how far the outbound partitions are known.
  ///
  /// A crash of the server may undo it: then those messages are found on the outbound topic.
  /// - Parameter reached: the offset after the last acknowledged message, by outbound partition.
  /// - Returns: false when another process owns the partition now, and nothing was changed.
  public func acknowledge(
    _ tenure: Tenure, offsets: [Int64], reached: [TopicPartition: Int64]
  ) async throws(PostgresError) -> Bool {
    let owner = place(tenure.partition) + [.integer(tenure.epoch)]
    return try await database.transaction(isDurable: false) { session throws(PostgresError) in
      let rows = try session.execute(
        "SELECT id FROM grounded.position WHERE \(Self.isPlace) AND epoch = $4", owner)
      guard rows.count > 0 else { return false }
      let source = PostgresValue.integer(try rows.required(0, 0))
      try session.execute(
        "DELETE FROM grounded.outbox WHERE source = $1 AND source_offset = ANY ($2::bigint[])",
        [source, .integerArray(offsets)])
      for (partition, next) in reached.sorted(by: { $0.key < $1.key }) {
        try session.execute(
          """
          INSERT INTO grounded.outbound_progress AS known (source, topic, partition, next_offset)
          VALUES ($1, $2, $3, $4)
          ON CONFLICT (source, topic, partition)
            DO UPDATE SET next_offset = greatest(known.next_offset, excluded.next_offset)
          """,
          [
            source, .text(partition.topic), .integer(Int64(partition.partition)), .integer(next),
          ])
      }
      return true
    }
  }

  /// Up to where outbound partitions hold nothing that is still in the outbox of `source`.
  public func outboundProgress(
    _ source: TopicPartition
  ) async throws(PostgresError) -> [TopicPartition: Int64] {
    let rows = try await database.execute(
      """
      SELECT known.partition, known.next_offset, known.topic
      FROM grounded.outbound_progress known JOIN grounded.position p ON p.id = known.source
      WHERE p.campaign = (SELECT id FROM grounded.campaign WHERE name = $1)
        AND p.topic = $2 AND p.partition = $3
      """, place(source))
    var progress: [TopicPartition: Int64] = [:]
    for row in 0..<rows.count {
      let partition = Int32(try rows.required(row, 0))
      progress[TopicPartition(topic: rows.text(row, 2) ?? "", partition: partition)] =
        try rows.required(row, 1)
    }
    return progress
  }

  private static func message(
    _ row: Int, of rows: PostgresRows, from source: TopicPartition
  ) throws(PostgresError) -> OutboxRow {
    guard let id = rows.uuid(row, 1), let topic = rows.text(row, 2),
      let names = rows.textArray(row, 5), let values = rows.bytesArray(row, 6),
      names.count == values.count
    else { throw .unexpectedAnswer("a row of the outbox that is no message") }
    return OutboxRow(
      source: source, offset: try rows.required(row, 0), messageID: id, topic: topic,
      key: rows.bytes(row, 3),
      headers: zip(names, values).map { KafkaHeader(name: $0, value: $1) },
      payload: rows.bytes(row, 4))
  }
}
