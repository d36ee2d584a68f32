internal import FoundationEssentials
internal import GroundingService
internal import Images
internal import JSON
internal import Journal
internal import KafkaClient
internal import PostgresClient
internal import Reports

/// One run of the demonstration, from an empty folder to the page.
struct DemoRun: Sendable {
  let output: URL
  let weights: String?
  let tokenizer: String?
  let say: @Sendable (String) -> Void

  private static let topics = ["reports.generated", "reports.grounded", "reports.rejected"]

  /// - Parameter afterwards: runs when the page is written and everything is still there.
  func run(afterwards: (Workbench) async throws -> Void) async throws -> DemoResult {
    try prepareOutput()
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "grounded-\(UUID().uuidString.prefix(8))", directoryHint: .isDirectory)
    let images = folder.appending(path: "images", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }  // nothing is left to say if it stays
    say("starting PostgreSQL and Kafka brokers")
    let bench = try await Workbench.open(
      migrations: try InstalledFolder.migrations.find(configured: nil), topics: Self.topics,
      partitions: 3, isDurable: true)
    do {
      let result = try await ground(bench, images)
      try await afterwards(bench)
      await bench.close()
      return result
    } catch {
      await bench.close()
      throw error
    }
  }

  private var html: String { output.appending(path: "index.html").path }

  /// Makes the folder, and finds out before the work whether the page can be written there.
  private func prepareOutput() throws(OutputFile.Failure) {
    // Why it cannot be made shows when the page's place is looked at.
    try? FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
    _ = try OutputFile(html)
  }

  private func ground(_ bench: Workbench, _ images: URL) async throws -> DemoResult {
    let drawn = try publish(to: bench, images)
    say("loading the network")
    var configuration = Configuration()
    configuration.settings["images.allow"] = .init(
      value: "file:\(images.path)", origin: .option)
    if let weights {
      configuration.settings["grounder.weights"] = .init(value: weights, origin: .option)
    }
    if let tokenizer {
      configuration.settings["grounder.tokenizer"] = .init(value: tokenizer, origin: .option)
    }
    let log = Log.standardError(level: .warning, environment: [:])
    let metrics = ServiceMetrics()
    let grounder = try await GrounderSetup(configuration).makeGrounder(
      surroundings: .real, metrics: metrics, log: log)
    say("grounding \(drawn.count) reports")
    let service = try await Service(
      Service.Settings(kafka: bench.kafka, postgresURI: bench.postgres.uri), grounder: grounder,
      surroundings: .real, metrics: metrics, log: log)
    async let work: Void = service.run()
    let reader = try OutboundReader(bench.kafka, topics: ["reports.grounded", "reports.rejected"])
    let messages = try await reader.read(
      count: drawn.count + DemoReports.broken.count, within: .seconds(300))
    service.stop()
    try await work
    return try write(messages, drawn, isUntrained: grounder.identity.isUntrained)
  }

  /// Draws the radiographs and publishes the reports. The images come back by report id.
  private func publish(to bench: Workbench, _ images: URL) throws -> [String: [UInt8]] {
    var outbound = try Outbound(bench.kafka, topic: "reports.generated", complain: { _ in })
    var drawn: [String: [UInt8]] = [:]
    for sample in DemoReports.samples {
      let bytes = PNG.encode(sample.radiograph)
      let file = images.appending(path: sample.id + ".png")
      try Data(bytes).write(to: file)
      drawn[sample.id] = bytes
      let message = DemoReports.message(
        sample, imageURI: "file:\(file.path)", sha256: SHA256.hex(of: bytes))
      try outbound.send(
        EncodedMessage(key: Array(sample.id.utf8), headers: [], value: message.bytes), ticket: 0)
    }
    for (key, value) in DemoReports.broken {
      try outbound.send(
        EncodedMessage(key: Array(key.utf8), headers: [], value: Array(value.utf8)), ticket: 0)
    }
    try outbound.finish()
    return drawn
  }

  private func write(
    _ messages: [RawMessage], _ drawn: [String: [UInt8]], isUntrained: Bool
  ) throws -> DemoResult {
    var result = DemoResult()
    var entries: [ReportPage.Entry] = []
    for message in messages {
      guard message.topic == "reports.grounded" else {
        result.rejected += 1
        continue
      }
      let report = try GroundedReport.decode(message, limits: ReportLimits())
      result.reports += 1
      result.sentences += report.sentences.count
      result.regions += report.sentences.reduce(0) { $0 + $1.regions.count }
      let image = drawn[report.reportID].map { ["frontal": $0] } ?? [:]
      entries.append(ReportPage.Entry(report: report, images: image))
    }
    entries.sort { $0.report.reportID < $1.report.reportID }
    let page = ReportPage(
      title: "Grounded reports",
      notice: isUntrained
        ? "The network is untrained: its weights are random, and its boxes mean nothing. "
          + "The radiographs are drawn by the program."
        : "Not for clinical use. The radiographs are drawn by the program.",
      entries: entries)
    let file = try OutputFile(html)
    try file.write(page.html().utf8)
    result.html = html
    return result
  }
}
