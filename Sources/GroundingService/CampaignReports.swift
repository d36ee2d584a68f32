public import FoundationEssentials
public import PostgresClient
public import Reports

/// What the groundings of a campaign say, from the ledger.
public enum CampaignReports {
  private static let pageSize = 200

  /// Gives each report and when the ledger got it, by topic, partition and offset; none for a
  /// campaign that is not there.
  public static func read(
    of campaign: String, from database: Database,
    _ take: (GroundedReport, _ committedAt: Date) throws -> Void
  ) async throws {
    let sources = try await database.execute(
      """
      SELECT p.id FROM grounded.position p JOIN grounded.campaign c ON c.id = p.campaign
      WHERE c.name = $1 ORDER BY p.topic, p.partition
      """, [.text(campaign.withoutZeros)])
    for row in 0..<sources.count {
      let source = try sources.required(row, 0)
      var (next, isThrough): (Int64, Bool) = (0, false)
      while !isThrough {
        let rows = try await database.execute(
          """
          SELECT \(StoredGrounding.columns), g.committed_at FROM \(StoredGrounding.tables)
          WHERE g.source = $1 AND g.source_offset >= $2 ORDER BY g.source_offset LIMIT \(pageSize)
          """, [.integer(source), .integer(next)])
        for index in 0..<rows.count {
          let report = try StoredGrounding(rows, row: index).report
          next = report.source.offset + 1
          let committedAt = rows.date(index, StoredGrounding.columnCount) ?? report.groundedAt
          try take(report, committedAt)
        }
        isThrough = rows.count < pageSize
      }
    }
  }
}
