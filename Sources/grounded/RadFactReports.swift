internal import Boxes
internal import Datasets
internal import GroundingService
internal import JSON
internal import KafkaClient
internal import Reports

/// Reports as RadFact sees them, from the files and campaigns that hold them.
enum RadFactReports {
  /// Why reports cannot be taken, or do not go together.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// By what two sets of reports are joined.
  enum Key: String, CaseIterable {
    case report, study
  }

  /// Grounded reports by their key, in order.
  typealias Keyed = [(key: String, sentences: [RadFactSentence])]

  /// RadFact's own files: grounded reports as JSON, or narrative texts where the name ends in `.csv`,
  /// which are split into sentences by rules.
  static func examples(_ path: String) throws -> [RadFactExample] {
    guard path.lowercased().hasSuffix(".csv") else { return try RadFactInput.read(path: path) }
    return try RadFactInput.readTexts(path: path).map { example in
      RadFactExample(
        id: example.id, prediction: example.prediction.flatMap { sentences(of: $0.text) },
        target: example.target.flatMap { sentences(of: $0.text) })
    }
  }

  /// Each prediction with its target. None of the two may have a report that the other has not.
  static func joined(_ predictions: Keyed, _ targets: Keyed) throws(Failure) -> [RadFactExample] {
    let references = Dictionary(uniqueKeysWithValues: targets.map { ($0.key, $0.sentences) })
    let given = Set(predictions.map(\.key))
    var examples: [RadFactExample] = []
    for (key, prediction) in predictions {
      guard let target = references[key] else {
        throw Failure(description: "“\(key)” is in the predictions, but not in the targets.")
      }
      examples.append(RadFactExample(id: key, prediction: prediction, target: target))
    }
    if let missing = targets.first(where: { !given.contains($0.key) }) {
      throw Failure(
        description: "“\(missing.key)” is in the targets, but not in the predictions.")
    }
    return examples
  }

  /// A file with messages of the outbound topic, one a line.
  static func messages(_ path: String, by key: Key) throws -> Keyed {
    var reader = try LineReader(path: path)
    var found = RadFactCollection(by: key)
    while let line = try reader.next() {
      guard line.contains(where: { $0 > 0x20 }) else { continue }
      let message = RawMessage(
        topic: "", partition: 0, offset: Int64(reader.line), key: nil, value: line, headers: [])
      do {
        try found.add(GroundedReport.decode(message, limits: ReportLimits()))
      } catch {
        throw Failure(description: "\(path):\(reader.line): \(error)")
      }
    }
    return found.reports
  }

  /// A campaign of the configured ledger; of a report that it has twice the grounding that was
  /// committed last.
  static func campaign(
    _ name: String, by key: Key, _ configuration: Configuration
  ) async throws -> RadFactCollection {
    try await SchemaCheck.run(configuration)
    let found = try await Campaigns.reading(configuration) { database in
      var found = RadFactCollection(by: key)
      try await CampaignReports.read(of: name, from: database) { report, committedAt in
        do { try found.take(report, at: committedAt) } catch {
          throw Failure(description: "campaign \(name), \(report.source.text): \(error)")
        }
      }
      return found
    }
    guard !found.reports.isEmpty else { throw Campaigns.NoCampaign(name: name) }
    return found
  }

  /// What an outbound topic of the configured brokers holds now; of a report that it has twice the
  /// one that was grounded last.
  static func topic(
    _ name: String, by key: Key, _ configuration: Configuration
  ) async throws -> RadFactCollection {
    let own = KafkaSettings([
      ("group.id", "grounded-radfact"), ("enable.partition.eof", "true"),
    ])
    let reader = try OutboundReader(
      ServiceSetup(configuration).kafka().overridden(by: own), topics: [name])
    var found = RadFactCollection(by: key)
    try await reader.all { message in
      guard message.value != nil else { return }  // a tombstone
      do {
        let report = try GroundedReport.decode(message, limits: ReportLimits())
        try found.take(report, at: report.groundedAt)
      } catch {
        throw Failure(description: "\(name)/\(message.partition)/\(message.offset): \(error)")
      }
    }
    guard !found.reports.isEmpty else { throw Failure(description: "\(name) has no reports") }
    return found
  }

  /// What a grounded report says: headings state nothing, and are left out.
  static func sentences(_ sentences: [GroundedSentence]) -> [RadFactSentence] {
    sentences.filter { $0.reason != GroundedSentence.heading }.map { sentence in
      RadFactSentence(text: sentence.text, boxes: boxes(sentence.regions.map(\.box)))
    }
  }

  /// Nil for none.
  static func boxes(_ boxes: [BoundingBox]) -> [RadFactBox]? {
    // As the fewest digits have it: 0.55, which a file would hold, not 0.550000011920929.
    func exact(_ value: Float) -> Double { JSON.number(value).number ?? Double(value) }
    let found = boxes.compactMap {
      RadFactBox(
        left: exact($0.left), top: exact($0.top), right: exact($0.right),
        bottom: exact($0.bottom))
    }
    return found.isEmpty ? nil : found
  }

  private static func sentences(of text: String) -> [RadFactSentence] {
    Sentences.split(text).filter { !$0.isHeading }.map { RadFactSentence(text: $0.text) }
  }
}
