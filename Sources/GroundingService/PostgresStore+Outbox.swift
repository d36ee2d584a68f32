internal import FoundationEssentials
public import KafkaClient
public import PostgresClient
internal import Reports

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
          o.header_names, o.header_values, g.*
        FROM grounded.outbox o
        LEFT JOIN LATERAL (SELECT \(StoredGrounding.columns) FROM \(StoredGrounding.tables)
          WHERE o.header_names IS NULL
            AND g.source = o.source AND g.source_offset = o.source_offset) g ON true
        WHERE o.source = (SELECT id FROM grounded.position WHERE \(Self.isPlace))
          AND o.source_offset >= $4
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
  /// - Returns: the tenures that have ended: another process owns those partitions now, and nothing of
  ///   them was changed.
  public func acknowledge(_ acknowledgements: [Acknowledgement]) async throws(PostgresError)
    -> [Tenure]
  {
    try await database.transaction { session throws(PostgresError) in
      let owned = try session.owned(acknowledgements.map(\.tenure))
      let ours = acknowledgements.filter { owned.contains($0.tenure.row) }
      let gone = ours.flatMap { one in one.offsets.map { (Int64(one.tenure.row), $0) } }
      try session.execute(
        """
        DELETE FROM grounded.outbox o USING unnest($1::int[], $2::bigint[]) AS gone (source, place)
        WHERE o.source = gone.source AND o.source_offset = gone.place
        """, [.integerArray(gone.map(\.0)), .integerArray(gone.map(\.1))])
      let reached = ours.flatMap { one in
        one.reached.sorted { $0.key < $1.key }.map { (Int64(one.tenure.row), $0.key, $0.value) }
      }
      try session.execute(
        """
        INSERT INTO grounded.outbound_progress AS known (source, topic, partition, next_offset)
        SELECT * FROM unnest($1::int[], $2::text[], $3::int[], $4::bigint[])
        ON CONFLICT (source, topic, partition)
          DO UPDATE SET next_offset = greatest(known.next_offset, excluded.next_offset)
        """,
        [
          .integerArray(reached.map(\.0)), .textArray(reached.map(\.1.topic)),
          .integerArray(reached.map { Int64($0.1.partition) }), .integerArray(reached.map(\.2)),
        ])
      return acknowledgements.map(\.tenure).filter { !owned.contains($0.row) }
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
    guard let id = rows.uuid(row, 1), let topic = rows.text(row, 2) else {
      throw .unexpectedAnswer("a row of the outbox without id or topic")
    }
    let offset = try rows.required(row, 0)
    guard !rows.isNull(row, 5) else {
      let report = try StoredGrounding(rows, row: row, from: 7).report
      return OutboxRow(
        source: source, offset: offset, messageID: id, topic: topic, message: report.encoded())
    }
    guard let names = rows.textArray(row, 5), let values = rows.bytesArray(row, 6),
      names.count == values.count
    else { throw .unexpectedAnswer("a row of the outbox that is no message") }
    return OutboxRow(
      source: source, offset: offset, messageID: id, topic: topic, key: rows.bytes(row, 3),
      headers: zip(names, values).map { KafkaHeader(name: $0, value: $1) },
      payload: rows.bytes(row, 4))
  }
}

/// What Kafka has of one partition's outbox.
public struct Acknowledgement: Hashable, Sendable {
  public let tenure: Tenure
  /// Source offsets of the rows that are out.
  public let offsets: [Int64]
  /// By outbound partition: before this offset stands nothing that is still in the outbox.
  public let reached: [TopicPartition: Int64]

  public init(tenure: Tenure, offsets: [Int64], reached: [TopicPartition: Int64]) {
    self.tenure = tenure
    self.offsets = offsets
    self.reached = reached
  }
}

extension Database {
  /// The rows of those positions that are still in the epoch of their tenure.
  fileprivate func owned(_ tenures: [Tenure]) throws(PostgresError) -> Set<Int32> {
    let rows = try execute(
      """
      SELECT p.id FROM grounded.position p
      JOIN unnest($1::int[], $2::bigint[]) AS tenure (id, epoch)
        ON p.id = tenure.id AND p.epoch = tenure.epoch
      """,
      [.integerArray(tenures.map { Int64($0.row) }), .integerArray(tenures.map(\.epoch))])
    var owned: Set<Int32> = []
    for row in 0..<rows.count { owned.insert(Int32(try rows.required(row, 0))) }
    return owned
  }
}
