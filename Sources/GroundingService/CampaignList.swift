public import FoundationEssentials
public import PostgresClient

/// What the ledger holds of a campaign.
public struct CampaignSummary: Hashable, Sendable {
  public let name: String
  public let createdAt: Date
  /// False for live work and shadows.
  public let isReplay: Bool
  /// Nil of what has no end: live work.
  public let isThrough: Bool?
  public let groundings, rejections, sentences, regions: Int64
  /// Name and version of those whose groundings it has.
  public let grounders: [String]
}

/// The campaigns of a ledger.
public enum CampaignList {
  /// All, oldest first; or the one of that name.
  public static func read(
    from database: Database, name: String? = nil
  ) async throws(PostgresError) -> [CampaignSummary] {
    let rows = try await database.execute(
      """
      SELECT c.name, c.created_at, c.definition IS NOT NULL,
        (SELECT bool_and(p.next_offset IS NOT DISTINCT FROM (r ->> 3)::bigint)
          FROM jsonb_array_elements(c.definition -> 'ranges') AS r
          LEFT JOIN grounded.position p
            ON p.campaign = c.id AND p.topic = r ->> 0 AND p.partition = (r ->> 1)::int),
        coalesce(g.groundings, 0), coalesce(x.rejections, 0), coalesce(g.sentences, 0),
        coalesce(g.regions, 0), coalesce(g.grounders, '{}')
      FROM grounded.campaign c
      LEFT JOIN LATERAL (
        SELECT sum(n) AS groundings, sum(s) AS sentences, sum(r) AS regions,
          array_agg(DISTINCT m.name || ' ' || m.version) AS grounders
        FROM (SELECT g.grounder, count(*) AS n, sum(g.sentence_count) AS s, sum(g.region_count) AS r
          FROM grounded.grounding g JOIN grounded.position p ON p.id = g.source
          WHERE p.campaign = c.id GROUP BY g.grounder) AS part
        JOIN grounded.grounder m ON m.id = part.grounder) AS g ON true
      LEFT JOIN LATERAL (
        SELECT count(*) AS rejections
        FROM grounded.rejection x JOIN grounded.position p ON p.id = x.source
        WHERE p.campaign = c.id) AS x ON true
      WHERE $1::text IS NULL OR c.name = $1 ORDER BY c.id
      """, [name.map { .text($0.withoutZeros) } ?? .null])
    return try (0..<rows.count).map { row throws(PostgresError) in
      CampaignSummary(
        name: rows.text(row, 0) ?? "", createdAt: rows.date(row, 1) ?? .distantPast,
        isReplay: rows.boolean(row, 2) ?? false, isThrough: rows.boolean(row, 3),
        groundings: try rows.required(row, 4), rejections: try rows.required(row, 5),
        sentences: try rows.required(row, 6), regions: try rows.required(row, 7),
        grounders: rows.textArray(row, 8) ?? [])
    }
  }
}
