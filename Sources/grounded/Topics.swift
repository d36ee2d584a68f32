internal import FoundationEssentials
internal import GroundingService
internal import JSON
internal import KafkaClient

/// `grounded topics`: brings a cluster's topics to what their descriptions say.
struct Topics: Command {
  static let name = "topics"
  static let summary = "creates the topics, and reports how they differ from their description"
  static let description = [
    """
    Compares the topics of the cluster with the settings files in topics.folder, and creates those \
    that are missing. What differs is reported and left alone: changing partitions moves keys, and \
    changing retention loses messages, so both are a person's decision.
    """,
    "The exit status is 1 while anything differs or is missing.",
  ]
  static let options =
    Option.configuration + [
      .flag("check", "Only looks; creates nothing."),
      .value(
        "replication", "N", "Copies of each partition, in the place of the description's number."),
      .json,
    ]
  static let examples = [
    Example("grounded topics --check", "Looks only:"),
    Example("grounded topics --replication 1", "On a cluster of a single broker:"),
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let configuration = try arguments.configuration(environment: console.environment)
    let replication = try arguments.integer("replication", in: 1...1_000)
    let catalogue = try ServiceSetup(configuration).topicCatalogue(replication: replication)
    let admin = try KafkaAdmin(ServiceSetup(configuration).kafka(), logger: { _, _, _ in })
    defer { _ = admin.close(within: .seconds(2)) }
    var created: [String] = []
    var drifts = try look(admin, catalogue)
    if !arguments.has("check") {
      let missing = drifts.compactMap { drift in
        if case .missing(let entry) = drift { NewTopic(entry) } else { nil }
      }
      if !missing.isEmpty {
        for outcome in try admin.createTopics(missing, timeout: .seconds(30)) {
          if let problem = outcome.problem { throw problem }
          created.append(outcome.topic)
        }
        drifts = try look(admin, catalogue).filter { drift in
          // A new topic takes a moment to be seen by every broker.
          if case .missing = drift { !created.contains(drift.topic) } else { true }
        }
      }
    }
    show(created: created, drifts, arguments.has("json"), console)
    return drifts.isEmpty ? .done : .failed
  }

  private static func look(
    _ admin: KafkaAdmin, _ catalogue: TopicCatalogue
  ) throws(KafkaError) -> [TopicCatalogue.Drift] {
    let names = catalogue.entries.map(\.name)
    let present = try admin.listTopics(timeout: .seconds(10)).filter { names.contains($0.name) }
    let settings = try admin.describeSettings(
      of: present.map(\.name), timeout: .seconds(10))
    return catalogue.drift(from: present, settings: settings)
  }

  private static func show(
    created: [String], _ drifts: [TopicCatalogue.Drift], _ isJSON: Bool, _ console: Console
  ) {
    if isJSON {
      let answer: JSON = [
        "created": .array(created.map { .string($0) }),
        "drift": .array(drifts.map { .string("\($0)") }),
      ]
      console.line(answer.text)
      return
    }
    for topic in created { console.line("created \(topic)") }
    for drift in drifts { console.line("\(drift)") }
    if drifts.isEmpty && created.isEmpty { console.line("the topics are as described") }
  }
}

extension NewTopic {
  init(_ entry: TopicCatalogue.Entry) {
    self.init(
      name: entry.name, partitions: entry.partitions, replication: entry.replication,
      settings: entry.settings)
  }
}
