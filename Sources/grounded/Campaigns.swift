internal import FoundationEssentials
internal import GroundingService
internal import JSON
internal import PostgresClient

/// `grounded campaigns`: what the ledger holds of each campaign.
struct Campaigns: Command {
  static let name = "campaigns"
  static let summary = "lists the campaigns of the ledger, or shows one"
  static let description = [
    """
    A row a campaign: live work and every replay, with its grounders and how much it has. With a \
    NAME only that one. `grounded campaigns compare` puts two side by side.
    """
  ]
  static let options = Option.configuration + [.json]
  static let operands = Operands.optional("NAME")
  static let examples = [Example("grounded campaigns", "All of them:")]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let configuration = try arguments.configuration(environment: console.environment)
    try await SchemaCheck.run(configuration)
    let name = arguments.operands.first
    let list = try await reading(configuration) { database in
      try await CampaignList.read(from: database, name: name)
    }
    if let name, list.isEmpty { throw NoCampaign(name: name) }
    if arguments.has("json") {
      console.line(JSON.array(list.map(\.json)).text)
      return .done
    }
    for campaign in list {
      let state =
        campaign.isThrough.map { $0 ? "replay, through" : "replay, not through" } ?? "live"
      console.line("\(campaign.name)  (\(state), since \(campaign.createdAt.formatted(.iso8601)))")
      console.line(
        "  \(campaign.groundings) groundings, \(campaign.rejections) rejections, "
          + "\(campaign.sentences) sentences, \(campaign.regions) regions")
      console.line("  \(campaign.grounders.joined(separator: ", "))")
    }
    return .done
  }

  /// Runs `body` with the configured database.
  static func reading<Answer: Sendable>(
    _ configuration: Configuration, _ body: (Database) async throws -> Answer
  ) async throws -> Answer {
    let database = Database(
      uri: try ServiceSetup(configuration).postgresURI(), applicationName: "grounded campaigns")
    do {
      let answer = try await body(database)
      await database.disconnect()
      return answer
    } catch {
      await database.disconnect()
      throw error
    }
  }

  /// The ledger has no campaign of that name.
  struct NoCampaign: Error, CustomStringConvertible {
    let name: String
    var description: String {
      "the ledger has no campaign \(name). `grounded campaigns` lists those that it has."
    }
  }
}

extension CampaignSummary {
  fileprivate var json: JSON {
    [
      "campaign": .string(name), "created_at": .string(createdAt.formatted(.iso8601)),
      "replay": .boolean(isReplay), "through": isThrough.map { .boolean($0) } ?? .null,
      "groundings": .integer(groundings), "rejections": .integer(rejections),
      "sentences": .integer(sentences), "regions": .integer(regions),
      "grounders": .array(grounders.map { .string($0) }),
    ]
  }
}

/// `grounded campaigns compare`: what another grounder changed.
struct CampaignsCompare: Command {
  static let name = "campaigns compare"
  static let summary = "says which sentences gained, lost or moved boxes between two campaigns"
  static let description = [
    """
    Compares the groundings of the same messages: which sentences have a box now that had none, the \
    other way round, or other boxes than before; how far boxes overlap (the mean, over the boxes of \
    both sides, of the best IoU with the other side), and how confidences shifted.
    """,
    """
    The worst changes are named by report and sentence number; --texts adds the sentences, which are \
    health data. In SQL the same pairs stand in grounded.grounding_change.
    """,
  ]
  static let options =
    Option.configuration + [
      .value("changes", "N", "How many sentences are named (default 20)."),
      .flag("texts", "Shows their sentences."),
      .json,
    ]
  static let operands = Operands(placeholder: "BEFORE AFTER", least: 2, most: 2)
  static let examples = [
    Example("grounded campaigns compare live v2", "What a new model would change:")
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let configuration = try arguments.configuration(environment: console.environment)
    let changes = try arguments.integer("changes", in: 0...10_000) ?? 20
    let (before, after) = (arguments.operands[0], arguments.operands[1])
    try await SchemaCheck.run(configuration)
    let meter = ProgressMeter(console)
    let comparison = try await Campaigns.reading(configuration) { database in
      for name in [before, after] {
        let found = try await database.execute(
          "SELECT FROM grounded.campaign WHERE name = $1", [.text(name.withoutZeros)])
        guard found.count > 0 else { throw Campaigns.NoCampaign(name: name) }
      }
      return try await CampaignComparison.read(
        before: before, after: after, changesMax: changes, from: database
      ) { done, total in meter.show(done: done, of: total, unit: "reports") }
    }
    meter.end()
    let withTexts = arguments.has("texts")
    if arguments.has("json") {
      console.line(comparison.json(before, after, withTexts: withTexts).text)
    } else {
      show(comparison, before, after, withTexts: withTexts, console)
    }
    return .done
  }

  private static func show(
    _ found: CampaignComparison, _ before: String, _ after: String, withTexts: Bool,
    _ console: Console
  ) {
    func rounded(_ value: Double?) -> String {
      value.map { "\(($0 * 10_000).rounded() / 10_000)" } ?? "–"
    }
    console.line("\(before) → \(after): \(found.reports) reports, \(found.sentences) sentences")
    if found.reportsApart > 0 {
      console.line("  \(found.reportsApart) groundings have no partner or other sentences")
    }
    console.line(
      "  gained a box: \(found.gained); lost all boxes: \(found.lost); other boxes: \(found.moved)")
    console.line("  mean overlap where both have boxes: \(rounded(found.meanOverlap))")
    console.line(
      "  confidence: mean shift \(rounded(found.meanShift)), "
        + "mean absolute shift \(rounded(found.meanAbsoluteShift))")
    for change in found.changes {
      let text = withTexts ? ": \(change.sentenceText)" : ""
      console.line(
        "  \(change.kind.rawValue) \(change.reportID) sentence \(change.sentence): "
          + "\(change.regionsBefore) → \(change.regionsAfter) boxes, overlap "
          + "\(rounded(Double(change.overlap)))\(text)")
    }
  }
}

extension CampaignComparison {
  fileprivate func json(_ before: String, _ after: String, withTexts: Bool) -> JSON {
    func number(_ value: Double?) -> JSON { value.map { .number($0) } ?? .null }
    let named = changes.map { change -> JSON in
      var members: [JSON.Member] = [
        .init("change", .string(change.kind.rawValue)),
        .init("report_id", .string(change.reportID)),
        .init("sentence_ordinal", .integer(Int64(change.sentence))),
        .init("regions_before", .integer(Int64(change.regionsBefore))),
        .init("regions_after", .integer(Int64(change.regionsAfter))),
        .init("overlap", .number(Double(change.overlap))),
        .init("confidence_before", number(change.confidenceBefore.map { Double($0) })),
        .init("confidence_after", number(change.confidenceAfter.map { Double($0) })),
      ]
      if withTexts { members.append(.init("sentence", .string(change.sentenceText))) }
      return .object(members)
    }
    return [
      "before": .string(before), "after": .string(after), "reports": .integer(Int64(reports)),
      "reports_apart": .integer(Int64(reportsApart)), "sentences": .integer(Int64(sentences)),
      "gained": .integer(Int64(gained)), "lost": .integer(Int64(lost)),
      "moved": .integer(Int64(moved)), "mean_overlap": number(meanOverlap),
      "mean_confidence_shift": number(meanShift),
      "mean_absolute_confidence_shift": number(meanAbsoluteShift), "changes": .array(named),
    ]
  }
}
