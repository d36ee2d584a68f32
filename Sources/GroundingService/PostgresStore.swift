internal import FoundationEssentials
public import KafkaClient
public import PostgresClient
public import Reports

/// The ledger of one campaign: results, rejections, what is to be published, and the consumed position, together.
public struct PostgresStore: Sendable {
  let database: Database
  let campaign: String

  /// - Parameter campaign: `live`, or the name of a replay.
  public init(database: Database, campaign: String) {
    self.database = database
    self.campaign = campaign.withoutZeros
  }

  /// Notes the campaign and the grounder, if they are new.
  /// - Returns: the grounder's row, which every grounding names.
  public func prepare(grounder: GrounderIdentity) async throws(PostgresError) -> Int32 {
    try await database.execute(
      "INSERT INTO grounded.campaign (name) VALUES ($1) ON CONFLICT DO NOTHING",
      [.text(campaign)])
    return try await note(grounder)
  }

  /// Notes the grounder, if it is new.
  /// - Returns: its row.
  func note(_ grounder: GrounderIdentity) async throws(PostgresError) -> Int32 {
    try await database.transaction { session throws(PostgresError) in
      try session.execute(
        """
        INSERT INTO grounded.grounder (name, version, architecture, weights_sha256, threshold,
          fusion_iou, precision, device)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING
        """, grounder.values)
      let rows = try session.execute(
        """
        SELECT id FROM grounded.grounder WHERE name = $1 AND version = $2 AND architecture = $3
          AND weights_sha256 = $4 AND threshold = $5 AND fusion_iou = $6 AND precision = $7
          AND device = $8
        """, grounder.values)
      return Int32(try rows.required(0, 0))
    }
  }

  /// Makes this process the owner of a partition: from now on no earlier owner can commit.
  public func takeOver(_ partition: TopicPartition) async throws(PostgresError) -> Tenure {
    let rows = try await database.execute(
      """
      INSERT INTO grounded.position (campaign, topic, partition)
      SELECT id, $2, $3 FROM grounded.campaign WHERE name = $1
      ON CONFLICT (campaign, topic, partition)
        DO UPDATE SET epoch = grounded.position.epoch + 1, updated_at = now()
      RETURNING id, epoch, next_offset
      """, place(partition))
    return try Self.tenure(of: partition, in: rows)
  }

  /// Where the ledger is, and who owns the partition; nil when nobody ever took it over.
  public func position(of partition: TopicPartition) async throws(PostgresError) -> Tenure? {
    let rows = try await database.execute(
      "SELECT id, epoch, next_offset FROM grounded.position WHERE \(Self.isPlace)",
      place(partition))
    return rows.count > 0 ? try Self.tenure(of: partition, in: rows) : nil
  }

  /// True while nobody else has taken the partition over.
  public func isCurrent(_ tenure: Tenure) async throws(PostgresError) -> Bool {
    let rows = try await database.execute(
      "SELECT FROM grounded.position WHERE id = $1 AND epoch = $2",
      [.integer(Int64(tenure.row)), .integer(tenure.epoch)])
    return rows.count > 0
  }

  private static func tenure(
    of partition: TopicPartition, in rows: PostgresRows
  ) throws(PostgresError) -> Tenure {
    Tenure(
      partition: partition, row: Int32(try rows.required(0, 0)), epoch: try rows.required(0, 1),
      nextOffset: rows.integer(0, 2))
  }

  /// Notes where the partition begins: at the first start, or where someone decided to go on.
  /// - Returns: false when another process owns it now.
  public func begin(
    _ tenure: Tenure, at offset: Int64
  ) async throws(PostgresError) -> Bool {
    let rows = try await database.execute(
      """
      UPDATE grounded.position SET next_offset = $5, updated_at = now()
      WHERE \(Self.isPlace) AND epoch = $4
      """, place(tenure.partition) + [.integer(tenure.epoch), .integer(offset)])
    return rows.affectedRows == 1
  }

  /// True when the ledger has results of this partition at the offset or after it: whoever begins there
  /// would write them a second time.
  public func holdsResults(
    of partition: TopicPartition, from offset: Int64
  ) async throws(PostgresError) -> Bool {
    let rows = try await database.execute(
      """
      WITH source AS (SELECT id FROM grounded.position WHERE \(Self.isPlace))
      SELECT EXISTS (SELECT FROM grounded.grounding g, source
          WHERE g.source = source.id AND g.source_offset >= $4)
        OR EXISTS (SELECT FROM grounded.rejection x, source
          WHERE x.source = source.id AND x.source_offset >= $4)
      """, place(partition) + [.integer(offset)])
    return rows.boolean(0, 0) ?? true
  }

  /// Writes a batch and moves the positions, as a whole or not at all.
  ///
  /// A batch that is in the ledger already is fenced, since the position has passed it.
  /// - Parameter beforeEnd: called when all is written, before the transaction ends.
  public func commit(
    _ batch: LedgerBatch, beforeEnd: @Sendable () -> Void = {}
  ) async throws(PostgresError) -> CommitOutcome {
    let campaign = campaign
    return try await database.transaction { session throws(PostgresError) in
      let moved = try session.advance(batch.advances, in: campaign)
      let fenced = batch.advances.map(\.tenure.partition).filter { !moved.contains($0) }
      guard fenced.isEmpty else {
        session.abandon()
        return .fenced(fenced)
      }
      try session.insert(batch.entries.map(\.rows))
      beforeEnd()
      return .committed
    }
  }

  static let isPlace = """
    campaign = (SELECT id FROM grounded.campaign WHERE name = $1) AND topic = $2 AND partition = $3
    """

  func place(_ partition: TopicPartition) -> [PostgresValue] {
    [.text(campaign), .text(partition.topic), .integer(Int64(partition.partition))]
  }
}

extension Database {
  /// Moves positions that are where they should be, in epochs that still last.
  /// - Returns: those that moved.
  fileprivate func advance(
    _ advances: [LedgerBatch.Advance], in campaign: String
  ) throws(PostgresError) -> Set<TopicPartition> {
    let rows = try execute(
      """
      UPDATE grounded.position p SET next_offset = a.next, updated_at = now()
      FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[])
        AS a (topic, partition, epoch, expected, next)
      WHERE p.campaign = (SELECT id FROM grounded.campaign WHERE name = $1)
        AND p.topic = a.topic AND p.partition = a.partition
        AND p.epoch = a.epoch AND p.next_offset = a.expected
      RETURNING p.topic, p.partition
      """,
      [
        .text(campaign), .textArray(advances.map { $0.tenure.partition.topic }),
        .integerArray(advances.map { Int64($0.tenure.partition.partition) }),
        .integerArray(advances.map { $0.tenure.epoch }),
        .integerArray(advances.map { $0.from }), .integerArray(advances.map { $0.next }),
      ])
    var moved: Set<TopicPartition> = []
    for row in 0..<rows.count {
      let partition = Int32(try rows.required(row, 1))
      moved.insert(TopicPartition(topic: rows.text(row, 0) ?? "", partition: partition))
    }
    return moved
  }

  func insert(_ rows: [LedgerRows]) throws(PostgresError) {
    try copy(rows.map(\.groundings), into: LedgerRows.groundingColumns)
    try copy(rows.map(\.rejections), into: LedgerRows.rejectionColumns)
    try copy(rows.map(\.outbox), into: LedgerRows.outboxColumns)
  }
}

extension PostgresRows {
  /// An integer that the statement promised.
  func required(_ row: Int, _ column: Int) throws(PostgresError) -> Int64 {
    guard row < count, let value = integer(row, column) else {
      throw .unexpectedAnswer("no number in row \(row), column \(column)")
    }
    return value
  }
}

extension GrounderIdentity {
  fileprivate var values: [PostgresValue] {
    [
      .text(name.withoutZeros), .text(version.withoutZeros),
      .text((architecture ?? "").withoutZeros), .text(weightsSHA256), .float(threshold),
      .float(fusionIoU), .text(precision), .text(device.withoutZeros),
    ]
  }
}
