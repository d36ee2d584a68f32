internal import JSON
internal import KafkaClient
internal import PostgresClient
internal import Reports

/// Reads messages that the ledger kept beside their groundings.
actor LedgerSource: ReplaySource {
  private let database: Database
  private let plan: ReplayPlan
  /// Where what the network said is put for `StoredScoresGrounder`; nil when it is not wanted.
  private let shelf: StoredScores?
  private var open: [TopicPartition: Range<Int64>] = [:]
  /// The partition to be read last: each has its turn.
  private var turn: [TopicPartition] = []

  private static let messagesMax = 200

  init(_ plan: ReplayPlan, postgresURI: String, shelf: StoredScores?) {
    self.plan = plan
    self.shelf = shelf
    database = Database(uri: postgresURI, applicationName: "grounded replay")
  }

  func ranges() async throws -> [TopicPartition: Range<Int64>] {
    let selection = LedgerSelection(plan)
    let rows = try await database.execute(
      """
      SELECT p.topic, p.partition, min(g.source_offset), max(g.source_offset) + 1
      FROM \(StoredGrounding.tables) WHERE \(selection.condition) GROUP BY p.topic, p.partition
      """, selection.values)
    var ranges: [TopicPartition: Range<Int64>] = [:]
    for row in 0..<rows.count {
      let partition = TopicPartition(
        topic: rows.text(row, 0) ?? "", partition: Int32(try rows.required(row, 1)))
      ranges[partition] = try rows.required(row, 2)..<rows.required(row, 3)
    }
    return ranges
  }

  func count(in ranges: [TopicPartition: Range<Int64>]) async throws -> Int64 {
    var count: Int64 = 0
    for (partition, range) in ranges {
      let selection = LedgerSelection(plan, in: partition, range)
      count += try await database.execute(
        "SELECT count(*) FROM \(StoredGrounding.tables) WHERE \(selection.condition)",
        selection.values
      ).required(0, 0)
    }
    return count
  }

  func open(_ ranges: [TopicPartition: Range<Int64>]) {
    open = ranges
    turn = ranges.keys.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
  }

  func next(without paused: Set<TopicPartition>) async throws -> [KafkaMessage]? {
    if open.isEmpty { return nil }
    guard let index = turn.firstIndex(where: { !paused.contains($0) }) else {
      try await Task.sleep(for: .milliseconds(5))
      return []
    }
    let partition = turn.remove(at: index)
    guard let range = open[partition] else { return [] }
    do {
      let messages = try await page(of: partition, range)
      let isThrough = messages.count < Self.messagesMax
      open[partition] =
        isThrough ? nil : (messages[messages.count - 1].offset + 1)..<range.upperBound
      if !isThrough { turn.append(partition) }
      return messages
    } catch {
      turn.append(partition)
      throw error
    }
  }

  func close() async { await database.disconnect() }

  private func page(
    of partition: TopicPartition, _ range: Range<Int64>
  ) async throws(PostgresError) -> [KafkaMessage] {
    let selection = LedgerSelection(plan, in: partition, range)
    let scores = shelf == nil ? "" : ", \(StoredGrounding.columns)"
    let rows = try await database.execute(
      """
      SELECT g.source_offset, g.original, g.event_id, g.event_source, g.event_time, g.traceparent
        \(scores)
      FROM \(StoredGrounding.tables) WHERE \(selection.condition)
      ORDER BY g.source_offset LIMIT \(Self.messagesMax)
      """, selection.values)
    var messages: [KafkaMessage] = []
    for row in 0..<rows.count {
      let message = try KafkaMessage(rows, row: row, of: partition)
      if let shelf { shelf.put(try StoredGrounding(rows, row: row, from: 6)) }
      messages.append(message)
    }
    return messages
  }
}

/// The groundings that a plan means, as a condition on `StoredGrounding.tables`.
struct LedgerSelection {
  private(set) var condition: String
  private(set) var values: [PostgresValue]

  init(_ plan: ReplayPlan) {
    let filter = plan.filter ?? LedgerFilter()
    // What was erased has no message any more.
    condition = "c.name = $1 AND g.original IS NOT NULL"
    values = [.text(filter.campaign.withoutZeros)]
    if let name = filter.generator { ask("g.generator_name =", .text(name.withoutZeros)) }
    if let name = filter.grounder { ask("m.name =", .text(name.withoutZeros)) }
    if let partitions = plan.partitions {
      values.append(.integerArray(partitions.map { Int64($0) }))
      condition += " AND p.partition = ANY($\(values.count)::int[])"
    }
    if filter.confidenceMin != nil || filter.confidenceMax != nil {
      values += [.float(filter.confidenceMin ?? 0), .float(filter.confidenceMax ?? 1)]
      condition += """
         AND EXISTS (SELECT FROM unnest(g.highest_confidences) AS confidence
          WHERE confidence >= $\(values.count - 1)::real AND confidence <= $\(values.count)::real)
        """
    }
    bound(plan.from, ">=")
    bound(plan.to, "<")
  }

  init(_ plan: ReplayPlan, in partition: TopicPartition, _ range: Range<Int64>) {
    self.init(plan)
    values += [.text(partition.topic), .integer(Int64(partition.partition))]
    // The row of the position first, so that the ledger's own order serves the page.
    condition += """
       AND g.source = (SELECT id FROM grounded.position
        WHERE campaign = (SELECT id FROM grounded.campaign WHERE name = $1)
          AND topic = $\(values.count - 1) AND partition = $\(values.count))
      """
    ask("g.source_offset >=", .integer(range.lowerBound))
    ask("g.source_offset <", .integer(range.upperBound))
  }

  private mutating func ask(_ question: String, _ value: PostgresValue) {
    values.append(value)
    condition += " AND \(question) $\(values.count)"
  }

  private mutating func bound(_ bound: ReplayPlan.Bound, _ comparison: String) {
    switch bound {
    case .beginning, .end: break
    case .offset(let offset): ask("g.source_offset \(comparison)", .integer(offset))
    case .time(let date): ask("g.committed_at \(comparison)", .timestamp(date))
    }
  }
}

extension KafkaMessage {
  /// The message of a grounding, as near as the ledger knows it: key and foreign headers are gone.
  fileprivate init(
    _ rows: PostgresRows, row: Int, of partition: TopicPartition
  ) throws(PostgresError) {
    guard let value = rows.bytes(row, 1) else { throw .unexpectedAnswer("no original message") }
    let offset = try rows.required(row, 0)
    var headers: [KafkaHeader] = []
    func add(_ name: String, _ text: String?) {
      if let text { headers.append(KafkaHeader(name: name, value: Array(text.utf8))) }
    }
    if let source = rows.text(row, 3) {
      if Self.isStructured(value) {
        add("content-type", "application/cloudevents+json")
      } else {
        add("ce_specversion", "1.0")
        add("ce_type", Envelope.generatedType)
        add("ce_id", rows.text(row, 2))
        add("ce_source", source)
        add("ce_time", rows.text(row, 4))
      }
    }
    add("traceparent", rows.text(row, 5))
    self.init(
      partition: partition, offset: offset, key: nil, value: value, headers: headers,
      timestamp: nil)
  }

  /// True when the event's attributes stand in the value too.
  private static func isStructured(_ value: [UInt8]) -> Bool {
    (try? JSON(parsing: value))?["specversion"] != nil  // the decoder says what is wrong with it
  }
}
