internal import FoundationEssentials
internal import GroundingService
internal import JSON
internal import Journal
internal import Synchronization
internal import Threads

/// `grounded replay`: grounds old messages again as a campaign.
struct ReplayCommand: Command {
  static let name = "replay"
  static let summary = "grounds old messages again, as a campaign of its own"
  static let description = [
    """
    Goes over a stretch of the inbound topic, or over reports that the ledger already has, and adds \
    the results to the ledger as the campaign NAME. Live positions and live results stay as they \
    are. The grounder is the configured one; --threshold and the like change it for this run.
    """,
    """
    A campaign keeps what it was begun with: its range, source, and grounder. When a replay is \
    stopped or killed, the same command goes on where the ledger stands; nothing is grounded twice, \
    and nothing is published twice. The same name with other settings is refused.
    """,
    """
    --from-scores looks at the ledger's raw query scores again and needs neither images nor network: \
    for another threshold or another fusion. A threshold below ledger.score_floor, as it was when \
    the scores were kept, is refused.
    """,
    """
    Bounds are beginning, end, an offset (in every partition), or a time as RFC 3339 writes it. A \
    time means the first message as young as that; brokers are asked, and where they do not know, the \
    messages' timestamps are searched. With --from-ledger it means when a grounding was committed.
    """,
  ]
  static let options =
    Option.configuration + [
      .value(
        "campaign", "NAME", isRequired: true, "The campaign; a new one, or one to go on with."),
      .value("from", "BOUND", "First message (default beginning)."),
      .value("to", "BOUND", "Where to end; not included (default end, as it is now)."),
      .value("partitions", "LIST", "Only these partitions, such as 0,3,7."),
      .flag("from-ledger", "Takes the messages that the ledger kept, not those of the topic."),
      .flag("from-scores", "Works from the ledger's raw scores; no images, no network."),
      .value("of", "CAMPAIGN", "Of the ledger: groundings of this campaign (default live)."),
      .value("generator", "NAME", "Of the ledger: reports of this generator."),
      .value("grounder", "NAME", "Of the ledger: groundings by this grounder."),
      .value("confidence-min", "C", "Of the ledger: a sentence has at least this confidence."),
      .value("confidence-max", "C", "Of the ledger: … and at most this one."),
      .value("weights", "FILE", "grounder.weights for this run."),
      .value("tokenizer", "FILE", "grounder.tokenizer for this run."),
      .value("threshold", "C", "grounder.threshold for this run."),
      .value("fusion-iou", "IOU", "grounder.fusion_iou for this run."),
      .value("precision", "P", "grounder.precision for this run."),
      .flag("no-publish", "Leaves the results in the ledger; nothing goes to the outbound topics."),
      .value("rate", "R", "At most so many reports a second."),
      .flag("dry-run", "Counts, and writes nothing."),
      .json,
    ]
  static let examples = [
    Example(
      "grounded replay --campaign v2 --config v2.conf --from 2026-11-01T00:00:00Z",
      "November with the model of another configuration:"),
    Example(
      "grounded replay --campaign strict --from-scores --threshold 0.9 --no-publish",
      "What a higher threshold would have left:"),
    Example(
      "grounded replay --campaign doubtful --from-ledger --confidence-max 0.85 --dry-run",
      "How many reports have a sentence of little confidence:"),
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let plan = try ReplayPlan(arguments)
    let configuration = try arguments.replayConfiguration(environment: console.environment)
    guard plan.campaign != configuration.text("campaign"), plan.campaign != "live" else {
      throw UsageError.invalid(
        option: "campaign", value: plan.campaign, allowed: "a name other than live work's")
    }
    try configuration.check()
    try await SchemaCheck.run(configuration)
    let isDry = arguments.has("dry-run")
    let log = Log.standardError(level: .warning, environment: console.environment)
    let metrics = ServiceMetrics()
    let replay = try Replay(
      plan, settings: try ServiceSetup(configuration).settings(),
      grounder: try await grounder(
        of: plan, arguments, configuration, isDry: isDry, metrics: metrics, log: log),
      surroundings: .real, metrics: metrics, log: log)
    if isDry {
      show(try await replay.survey(), "would go over", arguments.has("json"), plan, console)
      return .done
    }
    let rate = try arguments.number("rate", in: 0.001...1_000_000)
    return try await run(
      replay, plan, rate: rate, isJSON: arguments.has("json"), on: console)
  }

  private static func run(
    _ replay: Replay, _ plan: ReplayPlan, rate: Double?, isJSON: Bool, on console: Console
  ) async throws -> ExitStatus {
    let signals = Signals.arrivals()
    let listener = Task {
      for await signal in signals where signal != .hangUp { replay.stop() }
    }
    defer { listener.cancel() }
    let meter = ProgressMeter(console)
    let last = Mutex(Replay.Survey())
    let isThrough = try await replay.run(rate: rate) { survey in
      last.withLock { $0 = survey }
      meter.show(done: survey.done, of: survey.total, unit: "reports")
    }
    meter.end()
    show(last.withLock { $0 }, isThrough ? "is through" : "stopped at", isJSON, plan, console)
    if !isThrough { console.complain("grounded replay: the same command goes on from here.") }
    return isThrough ? .done : .failed
  }

  /// What a count needs no network for is counted without.
  private static func grounder(
    of plan: ReplayPlan, _ arguments: Arguments, _ configuration: Configuration, isDry: Bool,
    metrics: ServiceMetrics, log: Log
  ) async throws -> any ReportGrounder {
    if case .scores = plan.source {
      let (threshold, fusion) = (
        try arguments.number("threshold", in: 0...1), try arguments.number("fusion-iou", in: 0...1)
      )
      return try await StoredScoresGrounder.open(
        plan, threshold: threshold.map { Float($0) }, fusionIoU: fusion.map { Float($0) },
        postgresURI: try ServiceSetup(configuration).postgresURI())
    }
    if isDry { return NullGrounder() }
    return try await GrounderSetup(configuration).makeGrounder(
      surroundings: .real, metrics: metrics, log: log)
  }

  private static func show(
    _ survey: Replay.Survey, _ what: String, _ isJSON: Bool, _ plan: ReplayPlan, _ console: Console
  ) {
    if isJSON {
      let answer: JSON = [
        "campaign": .string(plan.campaign), "total": .integer(survey.total),
        "done": .integer(survey.done), "through": .boolean(what == "is through"),
      ]
      console.line(answer.text)
    } else {
      console.line("\(plan.campaign) \(what): \(survey.done) of \(survey.total) reports are done")
    }
  }
}

extension ReplayPlan {
  /// What the options ask for.
  fileprivate init(_ arguments: Arguments) throws(UsageError) {
    let isOfLedger = arguments.has("from-ledger") || arguments.has("from-scores")
    let ledgerOptions = ["of", "generator", "grounder", "confidence-min", "confidence-max"]
    if !isOfLedger, let option = ledgerOptions.first(where: { arguments.has($0) }) {
      throw .invalid(
        option: option, value: arguments.value(option) ?? "",
        allowed: "of any use without --from-ledger or --from-scores")
    }
    if arguments.has("from-scores") {
      for option in ["weights", "tokenizer", "precision"] where arguments.has(option) {
        throw .contradicting(option, "from-scores")
      }
    }
    var filter = LedgerFilter()
    filter.campaign = arguments.value("of") ?? "live"
    filter.generator = arguments.value("generator")
    filter.grounder = arguments.value("grounder")
    filter.confidenceMin = try arguments.number("confidence-min", in: 0...1).map { Float($0) }
    filter.confidenceMax = try arguments.number("confidence-max", in: 0...1).map { Float($0) }
    let source: Source =
      arguments.has("from-scores")
      ? .scores(filter) : arguments.has("from-ledger") ? .ledger(filter) : .topic
    self.init(
      campaign: try arguments.required("campaign"), source: source,
      publishes: !arguments.has("no-publish"))
    from = try arguments.bound("from") ?? .beginning
    to = try arguments.bound("to") ?? .end
    partitions = try arguments.partitions()
  }
}

extension Arguments {
  fileprivate func bound(_ name: String) throws(UsageError) -> ReplayPlan.Bound? {
    guard let text = value(name) else { return nil }
    guard let bound = ReplayPlan.Bound(text) else {
      throw .invalid(
        option: name, value: text,
        allowed: "beginning, end, an offset, or a time such as 2026-11-01T00:00:00Z")
    }
    return bound
  }

  fileprivate func partitions() throws(UsageError) -> [Int32]? {
    guard let text = value("partitions") else { return nil }
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int32($0) }
    guard !numbers.contains(where: { ($0 ?? -1) < 0 }) else {
      throw .invalid(option: "partitions", value: text, allowed: "a list of numbers such as 0,3,7")
    }
    return Set(numbers.compactMap { $0 }).sorted()
  }

  /// The configuration, with what the options say of the grounder above it.
  fileprivate func replayConfiguration(
    environment: [String: String]
  ) throws(ConfigurationError) -> Configuration {
    let keys = [
      "weights": "grounder.weights", "tokenizer": "grounder.tokenizer",
      "threshold": "grounder.threshold", "fusion-iou": "grounder.fusion_iou",
      "precision": "grounder.precision",
    ]
    let assignments = keys.compactMap { option, key in value(option).map { "\(key)=\($0)" } }
    return try Configuration.load(
      file: value("config"), environment: environment,
      assignments: values("set") + assignments.sorted())
  }
}
