internal import JSON
internal import KafkaClient
internal import PostgresClient

extension PostgresStore {
  /// Begins a campaign with its definition and the ranges that this came to, or finds the one that was
  /// begun before.
  ///
  /// - Returns: the ranges of the campaign, which stay as they were when it began.
  /// - Throws: `ReplayError.campaignIsAnother` when the name has another definition.
  func beginCampaign(
    _ definition: JSON, ranges: [TopicPartition: Range<Int64>]
  ) async throws -> [TopicPartition: Range<Int64>] {
    let whole = JSON.object([.init("plan", definition), .init("ranges", Self.json(ranges))])
    try await database.execute(
      "INSERT INTO grounded.campaign (name, definition) VALUES ($1, $2) ON CONFLICT DO NOTHING",
      [.text(campaign), .json(whole.text)])
    guard let stored = try await campaignDefinition() else {
      throw ReplayError.campaignIsAnother(campaign, difference: "it is no replay")
    }
    if let difference = Self.difference(definition, stored["plan"] ?? .null) {
      throw ReplayError.campaignIsAnother(campaign, difference: difference)
    }
    return Self.ranges(stored["ranges"])
  }

  /// The ranges of the campaign, if it was begun.
  func campaignRanges() async throws -> [TopicPartition: Range<Int64>]? {
    try await campaignDefinition().map { Self.ranges($0["ranges"]) }
  }

  private func campaignDefinition() async throws -> JSON? {
    let rows = try await database.execute(
      "SELECT definition FROM grounded.campaign WHERE name = $1", [.text(campaign)])
    guard rows.count > 0, let text = rows.text(0, 0) else { return nil }
    return try JSON(parsing: Array(text.utf8))
  }

  /// Which settings are not the same, in words.
  private static func difference(_ wanted: JSON, _ stored: JSON) -> String? {
    let names = Set((wanted.members ?? []).map(\.name) + (stored.members ?? []).map(\.name))
    let different = names.sorted().filter { wanted[$0]?.sorted != stored[$0]?.sorted }
    guard !different.isEmpty else { return nil }
    return "its \(different.joined(separator: ", ")) is not the same"
  }

  private static func json(_ ranges: [TopicPartition: Range<Int64>]) -> JSON {
    let sorted = ranges.sorted {
      ($0.key.topic, $0.key.partition) < ($1.key.topic, $1.key.partition)
    }
    return .array(
      sorted.map { partition, range in
        [
          .string(partition.topic), .integer(Int64(partition.partition)),
          .integer(range.lowerBound), .integer(range.upperBound),
        ]
      })
  }

  private static func ranges(_ value: JSON?) -> [TopicPartition: Range<Int64>] {
    var ranges: [TopicPartition: Range<Int64>] = [:]
    for element in value?.array ?? [] {
      guard let parts = element.array, parts.count == 4, let topic = parts[0].string,
        let partition = parts[1].integer.flatMap(Int32.init(exactly:)),
        let from = parts[2].integer, let to = parts[3].integer, from <= to
      else { continue }
      ranges[TopicPartition(topic: topic, partition: partition)] = from..<to
    }
    return ranges
  }
}

extension JSON {
  /// The same value with the members of objects by name, as PostgreSQL does not keep their order.
  fileprivate var sorted: JSON {
    switch self {
    case .object(let members):
      .object(
        members.map { Member($0.name, $0.value.sorted) }.sorted { $0.name < $1.name })
    case .array(let elements): .array(elements.map(\.sorted))
    default: self
    }
  }
}
