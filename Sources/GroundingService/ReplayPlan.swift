public import FoundationEssentials
internal import JSON

/// What a replay goes over, and what becomes of its results. Fixed when the campaign begins.
public struct ReplayPlan: Hashable, Sendable {
  /// Where the reports come from.
  public enum Source: Hashable, Sendable {
    /// The inbound topic, as far as it still has them.
    case topic
    /// Messages that the ledger kept with the groundings that a filter selects.
    case ledger(LedgerFilter)
    /// The same, but what the network said is taken from the ledger too: no images, no network.
    case scores(LedgerFilter)
  }

  /// An end of the range in every partition.
  public enum Bound: Hashable, Sendable {
    case beginning
    case end
    case offset(Int64)
    /// The first message as young as that; of the ledger the first grounding committed then.
    case time(Date)

    /// `beginning`, `end`, an offset, or a time as RFC 3339 writes it; nil for anything else.
    public init?(_ text: String) {
      switch text {
      case "beginning": self = .beginning
      case "end": self = .end
      default:
        if let offset = Int64(text) {
          guard offset >= 0 else { return nil }
          self = .offset(offset)
        } else if let date = try? Date(text, strategy: .iso8601) {
          self = .time(date)
        } else {
          return nil
        }
      }
    }
  }

  /// Its name; never that of live work.
  public var campaign: String
  public var source: Source
  public var from = Bound.beginning
  /// Not included.
  public var to = Bound.end
  /// Nil is all.
  public var partitions: [Int32]?
  /// False leaves the results in the ledger alone.
  public var publishes: Bool

  public init(campaign: String, source: Source, publishes: Bool) {
    self.campaign = campaign
    self.source = source
    self.publishes = publishes
  }

  var filter: LedgerFilter? {
    switch source {
    case .topic: nil
    case .ledger(let filter), .scores(let filter): filter
    }
  }
}

/// Which groundings of the ledger are meant; nil asks nothing.
public struct LedgerFilter: Hashable, Sendable {
  /// Those of this campaign.
  public var campaign = "live"
  public var generator: String?
  /// Name of the grounder that made them.
  public var grounder: String?
  /// The report has a sentence whose highest confidence is in this range.
  public var confidenceMin, confidenceMax: Float?

  public init() {}
}

extension ReplayPlan {
  /// As the ledger keeps it, so that only the same replay goes on under the campaign's name.
  func definition(grounderRow: Int32) -> JSON {
    var members: [JSON.Member] = [
      .init("source", .string(sourceName)), .init("from", from.json), .init("to", to.json),
      .init("publishes", .boolean(publishes)), .init("grounder", .integer(Int64(grounderRow))),
    ]
    if let partitions {
      members.append(.init("partitions", .array(partitions.map { .integer(Int64($0)) })))
    }
    if let filter { members.append(.init("filter", filter.json)) }
    return .object(members)
  }

  private var sourceName: String {
    switch source {
    case .topic: "topic"
    case .ledger: "ledger"
    case .scores: "scores"
    }
  }
}

extension ReplayPlan.Bound {
  fileprivate var json: JSON {
    switch self {
    case .beginning: "beginning"
    case .end: "end"
    case .offset(let offset): .integer(offset)
    case .time(let date): .string(date.formatted(.iso8601))
    }
  }
}

extension LedgerFilter {
  fileprivate var json: JSON {
    let members: [(String, JSON?)] = [
      ("campaign", .string(campaign)), ("generator", generator.map { .string($0) }),
      ("grounder", grounder.map { .string($0) }),
      ("confidence_min", confidenceMin.map { .number(Double($0)) }),
      ("confidence_max", confidenceMax.map { .number(Double($0)) }),
    ]
    return .object(members.compactMap { name, value in value.map { JSON.Member(name, $0) } })
  }
}
