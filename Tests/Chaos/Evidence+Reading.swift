internal import JSON
internal import KafkaClient
internal import PostgresClient

extension Evidence {
  /// Reads the ledger with SQL of its own, and the topics from their beginnings to their ends.
  init(
    ledger uri: String, cluster: Cluster, written: [Int: KafkaPosition]
  ) async throws {
    self.written = written.compactMapValues { place in
      place.offset.map { Source(partition: place.partition.partition, offset: $0) }
    }
    var outboundEnds: [TopicPartition: Int64] = [:]
    for (place, topic) in cluster.topics.enumerated() {
      let (messages, ends) = try await Self.read(topic, of: cluster)
      if place == 0 {
        for (partition, end) in ends { self.ends[partition.partition] = end }
        accepted = try messages.map(Self.accepted)
      } else {
        outboundEnds.merge(ends) { $1 }
        published += try messages.map { try Self.published($0, isRejection: place == 2) }
      }
    }
    try await readLedger(uri, outboundEnds)
  }

  private mutating func readLedger(
    _ uri: String, _ ends: [TopicPartition: Int64]
  ) async throws {
    let database = Database(uri: uri, applicationName: "chaos verifier")
    let grounded = try await database.execute(
      """
      SELECT p.partition, g.source_offset, g.grounding_id, g.report_id, g.sentence_count
      FROM grounded.grounding g
      LEFT JOIN grounded.position p ON p.id = g.source
        AND p.campaign = (SELECT id FROM grounded.campaign WHERE name = 'live')
        AND EXISTS (SELECT FROM grounded.grounder n WHERE n.id = g.grounder)
      """)
    groundings = (0..<grounded.count).map { row in
      Row(
        source: Self.source(grounded, row), groundingID: grounded.text(row, 2),
        reportID: grounded.text(row, 3), sentences: grounded.integer(row, 4).map { Int($0) })
    }
    rejections = try await Self.rows(
      """
      SELECT p.partition, x.source_offset, x.code FROM grounded.rejection x
      LEFT JOIN grounded.position p ON p.id = x.source
        AND p.campaign = (SELECT id FROM grounded.campaign WHERE name = 'live')
      """, database)
    outbox = try await Self.rows(
      """
      SELECT p.partition, o.source_offset, NULL::text FROM grounded.outbox o
      LEFT JOIN grounded.position p ON p.id = o.source
      """, database)
    let places = try await database.execute(
      "SELECT partition, next_offset FROM grounded.position WHERE next_offset IS NOT NULL")
    for row in 0..<places.count {
      positions[Int32(places.integer(row, 0) ?? -1)] = places.integer(row, 1)
    }
    let notes = try await database.execute(
      """
      SELECT k.topic, k.partition, k.next_offset, p.id IS NULL
      FROM grounded.outbound_progress k LEFT JOIN grounded.position p ON p.id = k.source
      """)
    for row in 0..<notes.count {
      let partition = TopicPartition(
        topic: notes.text(row, 0) ?? "", partition: Int32(notes.integer(row, 1) ?? -1))
      let next = notes.integer(row, 2) ?? -1
      if notes.boolean(row, 3) != false || next > ends[partition] ?? -1 {
        strayNotes.append("progress of \(partition) at \(next)")
      }
    }
    await database.disconnect()
  }

  private static func rows(_ query: String, _ database: Database) async throws -> [Row] {
    let rows = try await database.execute(query)
    return (0..<rows.count).map { row in
      Row(source: source(rows, row), code: rows.text(row, 2))
    }
  }

  private static func source(_ rows: PostgresRows, _ row: Int) -> Source? {
    guard let partition = rows.integer(row, 0), let offset = rows.integer(row, 1) else {
      return nil
    }
    return Source(partition: Int32(partition), offset: offset)
  }

  /// Why the topics cannot be read as they should.
  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  private static func accepted(_ message: KafkaMessage) throws -> Accepted {
    guard let number = message.header(Dispatch.header).flatMap({ Int($0) }) else {
      throw Unreadable(description: "a message of nobody on \(message.partition)")
    }
    return Accepted(
      source: Source(partition: message.partition.partition, offset: message.offset),
      number: number)
  }

  private static func published(
    _ message: KafkaMessage, isRejection: Bool
  ) throws -> Published {
    let place = Source(partition: message.partition.partition, offset: message.offset)
    let unreadable = Unreadable(description: "\(message.partition) \(place) says not what it is")
    let body: JSON? = isRejection ? nil : try JSON(parsing: message.value ?? [])
    let partition =
      body?["source"]?["partition"]?.integer
      ?? message.header("grounded_partition").flatMap { Int64($0) }
    let offset =
      body?["source"]?["offset"]?.integer
      ?? message.header("grounded_offset").flatMap { Int64($0) }
    guard let partition, let offset,
      let id = message.header(isRejection ? "grounded_id" : "ce_id"),
      isRejection || body?["grounding_id"]?.string == id
    else { throw unreadable }
    return Published(
      topic: message.partition.topic, place: place, id: id,
      key: String(decoding: message.key ?? [], as: UTF8.self),
      source: Source(partition: Int32(partition), offset: offset),
      code: isRejection ? message.header("grounded_code") : nil,
      timestamp: message.timestamp ?? 0)
  }

  /// A topic as a whole, and where its partitions end.
  private static func read(
    _ topic: String, of cluster: Cluster
  ) async throws -> (messages: [KafkaMessage], ends: [TopicPartition: Int64]) {
    let consumer = try KafkaConsumer(
      cluster.settings.overridden(
        by: KafkaSettings([("group.id", "chaos-verifier"), ("fetch.wait.max.ms", "10")])),
      logger: { _, _, _ in })
    defer { consumer.close(within: .seconds(5)) }
    let all = try consumer.partitions(of: topic, timeout: .seconds(20))
    let ends = try consumer.watermarks(of: all, timeout: .seconds(20)).mapValues(\.high)
    var open = ends.filter { $0.value > 0 }
    guard !open.isEmpty else { return ([], ends) }
    try consumer.assign(open.mapValues { _ in KafkaOffset.beginning })
    var messages: [KafkaMessage] = []
    let deadline = ContinuousClock.now + .seconds(60)
    while !open.isEmpty {
      guard ContinuousClock.now < deadline else {
        throw Unreadable(description: "\(topic) cannot be read to its end")
      }
      guard case .message(let message) = consumer.poll(timeout: .zero) else {
        try await Task.sleep(for: .milliseconds(2))
        continue
      }
      messages.append(message)
      if message.offset + 1 >= open[message.partition] ?? 0 { open[message.partition] = nil }
    }
    return (messages, ends)
  }
}

extension KafkaMessage {
  /// The last header of that name, as text.
  fileprivate func header(_ name: String) -> String? {
    headers.last { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
  }
}
