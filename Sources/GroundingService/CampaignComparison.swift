internal import Boxes
public import PostgresClient
internal import Reports

/// What two campaigns say of the same sentences of the same messages.
public struct CampaignComparison: Hashable, Sendable {
  /// A sentence that is not as it was.
  public struct Change: Hashable, Sendable {
    public enum Kind: String, Sendable { case gained, lost, moved }

    public let kind: Kind
    public let reportID: String
    /// Place of the sentence in the report, from 0.
    public let sentence: Int
    public let sentenceText: String
    public let regionsBefore, regionsAfter: Int
    /// 0…1: how much of all boxes is common, as `overlap` says.
    public let overlap: Float
    public let confidenceBefore, confidenceAfter: Float?
  }

  /// Messages that both have a grounding of.
  public private(set) var reports = 0
  /// Messages that only one has a grounding of, or whose sentences are not the same.
  public private(set) var reportsApart = 0
  public private(set) var sentences = 0
  /// Sentences that had no box and have one, that had one and have none, and whose boxes are others.
  public private(set) var gained = 0, lost = 0, moved = 0
  /// Of sentences with boxes on both sides: mean of `overlap`; nil when there is none.
  public var meanOverlap: Double? { both > 0 ? overlapSum / Double(both) : nil }
  /// Of sentences with a confidence on both sides: mean and mean absolute difference; nil when there is none.
  public var meanShift: Double? { measured > 0 ? shiftSum / Double(measured) : nil }
  public var meanAbsoluteShift: Double? {
    measured > 0 ? absoluteShiftSum / Double(measured) : nil
  }
  /// Those that changed most, worst first.
  public private(set) var changes: [Change] = []

  private var both = 0, measured = 0
  private var overlapSum = 0.0, shiftSum = 0.0, absoluteShiftSum = 0.0
  private let changesMax: Int

  /// - Parameter changesMax: how many sentences are named.
  init(changesMax: Int) { self.changesMax = changesMax }

  /// Compares all messages that one of two campaigns has a grounding of.
  ///
  /// - Parameter progress: told how many messages were compared, and of how many.
  public static func read(
    before: String, after: String, changesMax: Int = 20, from database: Database,
    progress: (Int64, Int64) -> Void = { _, _ in }
  ) async throws(PostgresError) -> CampaignComparison {
    var comparison = CampaignComparison(changesMax: changesMax)
    let places = try await database.execute(
      """
      SELECT a.id, b.id, (SELECT count(*) FROM grounded.grounding WHERE source = a.id),
        (SELECT count(*) FROM grounded.grounding WHERE source = b.id)
      FROM (SELECT p.* FROM grounded.position p JOIN grounded.campaign c ON c.id = p.campaign
        WHERE c.name = $1) AS a
      FULL JOIN (SELECT p.* FROM grounded.position p JOIN grounded.campaign c ON c.id = p.campaign
        WHERE c.name = $2) AS b USING (topic, partition)
      """, [.text(before.withoutZeros), .text(after.withoutZeros)])
    var (done, total, apart): (Int64, Int64, Int64) = (0, 0, 0)
    for row in 0..<places.count {
      let (left, right) = (try places.required(row, 2), try places.required(row, 3))
      total += min(left, right)
      apart += left + right
    }
    for row in 0..<places.count {
      guard let left = places.integer(row, 0), let right = places.integer(row, 1) else { continue }
      var next: Int64 = 0
      while true {
        let page = try await page(from: database, left, right, next)
        for pair in page { comparison.add(pair.before, pair.after) }
        done += Int64(page.count)
        progress(done, total)
        guard page.count == pageSize, let last = page.last else { break }
        next = last.before.source.offset + 1
      }
    }
    comparison.reportsApart += Int(apart - 2 * done)
    return comparison
  }

  private static let pageSize = 200

  private static func page(
    from database: Database, _ left: Int64, _ right: Int64, _ next: Int64
  ) async throws(PostgresError) -> [(before: GroundedReport, after: GroundedReport)] {
    let rows = try await database.execute(
      """
      SELECT a.*, b.* FROM (SELECT \(StoredGrounding.columns) FROM \(StoredGrounding.tables)
        WHERE g.source = $1 AND g.source_offset >= $3) AS a
      JOIN (SELECT \(StoredGrounding.columns) FROM \(StoredGrounding.tables)
        WHERE g.source = $2 AND g.source_offset >= $3) AS b USING (source_offset)
      ORDER BY a.source_offset LIMIT \(pageSize)
      """, [.integer(left), .integer(right), .integer(next)])
    return try (0..<rows.count).map { row throws(PostgresError) in
      (
        try StoredGrounding(rows, row: row).report,
        try StoredGrounding(rows, row: row, from: StoredGrounding.columnCount).report
      )
    }
  }

  /// Compares one message's two groundings.
  mutating func add(_ before: GroundedReport, _ after: GroundedReport) {
    guard before.sentences.map(\.text) == after.sentences.map(\.text) else {
      reportsApart += 1
      return
    }
    reports += 1
    for (index, (old, new)) in zip(before.sentences, after.sentences).enumerated() {
      sentences += 1
      if let left = old.highestConfidence, let right = new.highestConfidence {
        measured += 1
        shiftSum += Double(right - left)
        absoluteShiftSum += Double(abs(right - left))
      }
      let overlap = Self.overlap(old.regions, new.regions)
      if !old.regions.isEmpty && !new.regions.isEmpty {
        both += 1
        overlapSum += Double(overlap)
      }
      guard let kind = Self.kind(old, new, overlap) else { continue }
      switch kind {
      case .gained: gained += 1
      case .lost: lost += 1
      case .moved: moved += 1
      }
      note(
        Change(
          kind: kind, reportID: before.reportID, sentence: index, sentenceText: old.text,
          regionsBefore: old.regions.count, regionsAfter: new.regions.count, overlap: overlap,
          confidenceBefore: old.highestConfidence, confidenceAfter: new.highestConfidence))
    }
  }

  private static func kind(
    _ old: GroundedSentence, _ new: GroundedSentence, _ overlap: Float
  ) -> Change.Kind? {
    switch (old.regions.isEmpty, new.regions.isEmpty) {
    case (true, true): nil
    case (true, false): .gained
    case (false, true): .lost
    case (false, false):
      overlap < 0.999 || old.regions.count != new.regions.count ? .moved : nil
    }
  }

  /// Mean over all boxes of both sides of the best IoU that each has on its image with the other side.
  static func overlap(_ left: [Region], _ right: [Region]) -> Float {
    func best(_ region: Region, _ others: [Region]) -> Float {
      others.filter { $0.imageID == region.imageID }.map { $0.box.iou(with: region.box) }.max() ?? 0
    }
    let values = left.map { best($0, right) } + right.map { best($0, left) }
    return values.isEmpty ? 1 : values.reduce(0, +) / Float(values.count)
  }

  /// Keeps the least common, few of them.
  private mutating func note(_ change: Change) {
    guard changesMax > 0 else { return }
    let place = changes.firstIndex { change.overlap < $0.overlap } ?? changes.count
    guard place < changesMax else { return }
    changes.insert(change, at: place)
    if changes.count > changesMax { changes.removeLast() }
  }
}
