internal import FoundationEssentials
internal import GroundingService
internal import KafkaClient
internal import Reports

/// What the configuration says, in the service's own terms.
struct ServiceSetup {
  let configuration: Configuration

  init(_ configuration: Configuration) { self.configuration = configuration }

  /// librdkafka's properties.
  func kafka() throws(ConfigurationError) -> KafkaSettings {
    _ = try configuration.required("kafka.bootstrap.servers")
    return KafkaSettings(configuration.kafka)
  }

  /// libpq's connection string.
  func postgresURI() throws(ConfigurationError) -> String { try configuration.connection() }

  func reportLimits() -> ReportLimits {
    var limits = ReportLimits()
    limits.messageBytesMax = configuration.size("limits.message_bytes_max")
    limits.sentencesMax = configuration.integer("limits.sentences_max")
    limits.imagesMax = configuration.integer("limits.images_max")
    limits.sentenceCharactersMax = configuration.integer("limits.sentence_characters_max")
    return limits
  }

  func settings() throws(ConfigurationError) -> Service.Settings {
    var settings = Service.Settings(kafka: try kafka(), postgresURI: try postgresURI())
    settings.generatedTopic = configuration.text("topics.generated")
    settings.groundedTopic = configuration.text("topics.grounded")
    settings.rejectedTopic = configuration.text("topics.rejected")
    settings.campaign = configuration.text("campaign")
    settings.policy = Intake.Policy(
      start: Intake.Policy.Start(rawValue: configuration.text("topics.start")) ?? .earliest,
      outOfRange: Intake.Policy.OutOfRange(
        rawValue: configuration.text("topics.on_out_of_range")) ?? .stop)
    settings.reportLimits = reportLimits()
    settings.limits.laneReportsMax = configuration.integer("queue.reports_max")
    settings.limits.batchReportsMax = configuration.integer("ledger.batch_reports_max")
    settings.limits.refusalPatience = configuration.duration("ledger.patience")
    settings.limits.shutdownGrace = configuration.duration("shutdown.grace")
    return settings
  }

  /// The topics as described, under the names that they bear here.
  func topicCatalogue(replication: Int?) throws -> TopicCatalogue {
    let folder = try InstalledFolder.topics.find(configured: configuration.path("topics.folder"))
    var catalogue = try TopicCatalogue(
      folder: folder,
      names: [
        "reports.generated": configuration.text("topics.generated"),
        "reports.grounded": configuration.text("topics.grounded"),
        "reports.rejected": configuration.text("topics.rejected"),
      ])
    if let replication { catalogue.setReplication(replication) }
    return catalogue
  }

  /// The folder with the numbered SQL files.
  func migrationsFolder() throws -> URL {
    try InstalledFolder.migrations.find(configured: configuration.path("migrations.folder"))
  }
}
