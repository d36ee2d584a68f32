public import FoundationEssentials
public import KafkaClient

/// The topics as the repository describes them, beside those of a cluster.
public struct TopicCatalogue: Sendable {
  /// One topic as it should be.
  public struct Entry: Hashable, Sendable {
    public var name: String
    public var partitions: Int
    public var replication: Int
    /// Kafka's topic settings.
    public var settings: [String: String]
  }

  /// A topic of the cluster that is not as it should be.
  public enum Drift: Hashable, Sendable, CustomStringConvertible {
    case missing(Entry)
    case fewerPartitions(topic: String, present: Int, wanted: Int)
    case morePartitions(topic: String, present: Int, wanted: Int)
    case replication(topic: String, present: Int, wanted: Int)
    case setting(topic: String, name: String, present: String?, wanted: String)
    case unusable(topic: String, problem: KafkaError)

    /// The topic's name.
    public var topic: String {
      switch self {
      case .missing(let entry): entry.name
      case .fewerPartitions(let topic, _, _), .morePartitions(let topic, _, _),
        .replication(let topic, _, _), .setting(let topic, _, _, _), .unusable(let topic, _):
        topic
      }
    }

    public var description: String {
      switch self {
      case .missing(let entry): "\(entry.name): is missing"
      case .fewerPartitions(let topic, let present, let wanted),
        .morePartitions(let topic, let present, let wanted):
        "\(topic): has \(present) partitions, should have \(wanted)"
      case .replication(let topic, let present, let wanted):
        "\(topic): has \(present) copies of each partition, should have \(wanted)"
      case .setting(let topic, let name, let present, let wanted):
        "\(topic): \(name) is \(present ?? "not known"), should be \(wanted)"
      case .unusable(let topic, let problem): "\(topic): \(problem)"
      }
    }
  }

  public private(set) var entries: [Entry]

  /// Reads the settings files of a folder: `reports.generated.settings` and so on.
  ///
  /// - Parameter names: the names that the topics bear here, by the names of their files.
  public init(folder: URL, names: [String: String]) throws(CatalogueError) {
    var entries: [Entry] = []
    for (file, name) in names.sorted(by: { $0.key < $1.key }) {
      let path = folder.appending(path: file + ".settings")
      guard let data = try? Data(contentsOf: path) else {  // one reason serves: it is not there
        throw .unreadable(path.path)
      }
      entries.append(
        try Self.entry(name, String(decoding: data, as: UTF8.self), file: path.lastPathComponent))
    }
    self.entries = entries
  }

  /// Asks for another number of copies, as a cluster with fewer brokers needs.
  public mutating func setReplication(_ count: Int) {
    for index in entries.indices {
      entries[index].replication = count
      if let least = entries[index].settings["min.insync.replicas"].flatMap({ Int($0) }) {
        entries[index].settings["min.insync.replicas"] = String(min(least, count))
      }
    }
  }

  /// How a cluster differs.
  public func drift(from cluster: [TopicDescription], settings: [String: [TopicSetting]]) -> [Drift]
  {
    entries.flatMap { entry in
      guard let topic = cluster.first(where: { $0.name == entry.name }) else {
        return [Drift.missing(entry)]
      }
      return drift(of: topic, from: entry, settings: settings[entry.name] ?? [])
    }
  }

  private func drift(
    of topic: TopicDescription, from entry: Entry, settings: [TopicSetting]
  ) -> [Drift] {
    if let problem = topic.problem { return [.unusable(topic: topic.name, problem: problem)] }
    var drifts: [Drift] = []
    if topic.partitions < entry.partitions {
      drifts.append(
        .fewerPartitions(
          topic: topic.name, present: topic.partitions, wanted: entry.partitions))
    } else if topic.partitions > entry.partitions {
      drifts.append(
        .morePartitions(topic: topic.name, present: topic.partitions, wanted: entry.partitions))
    }
    if topic.replication != entry.replication {
      drifts.append(
        .replication(
          topic: topic.name, present: topic.replication, wanted: entry.replication))
    }
    for (name, wanted) in entry.settings.sorted(by: { $0.key < $1.key }) {
      let present = settings.first { $0.name == name }?.value
      if present != wanted {
        drifts.append(.setting(topic: topic.name, name: name, present: present, wanted: wanted))
      }
    }
    return drifts
  }

  private static func entry(
    _ name: String, _ text: String, file: String
  ) throws(CatalogueError) -> Entry {
    var entry = Entry(name: name, partitions: 0, replication: 0, settings: [:])
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let line = line.drop { $0 == " " }
      if line.isEmpty || line.first == "#" { continue }
      let parts = line.split(separator: "=", maxSplits: 1).map {
        $0.trimmingPrefix { $0 == " " }.reversed().drop { $0 == " " }.reversed()
      }
      guard parts.count == 2 else { throw .malformed(file: file, line: index + 1) }
      let (key, value) = (String(parts[0]), String(parts[1]))
      switch key {
      case "partitions", "replication":
        guard let number = Int(value), (1...10_000).contains(number) else {
          throw .malformed(file: file, line: index + 1)
        }
        if key == "partitions" { entry.partitions = number } else { entry.replication = number }
      default: entry.settings[key] = value
      }
    }
    guard entry.partitions > 0, entry.replication > 0 else {
      throw .malformed(file: file, line: 1)
    }
    return entry
  }
}

/// Why the descriptions of the topics cannot be used.
public enum CatalogueError: Error, Hashable, CustomStringConvertible {
  case unreadable(String)
  case malformed(file: String, line: Int)

  public var description: String {
    switch self {
    case .unreadable(let path):
      "\(path) cannot be read. Say where the topics are described: topics.folder."
    case .malformed(let file, let line):
      "\(file):\(line) is not `key = value` with partitions and replication from 1 to 10,000."
    }
  }
}
