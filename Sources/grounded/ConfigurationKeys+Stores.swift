/// Kafka, its topics, and PostgreSQL.
extension ConfigurationKey {
  static let kafkaKeys = [
    ConfigurationKey(
      "kafka.bootstrap.servers", .text, "", example: "kafka-1.example.org:9092",
      "Brokers to begin with, as host:port, separated by commas. Every other `kafka.` key passes to "
        + "librdkafka unchanged, e.g. kafka.security.protocol."),
    ConfigurationKey(
      "kafka.group.id", .text, "grounded",
      "The consumer group: daemons with the same name share the partitions."),
    ConfigurationKey(
      "kafka.sasl.password", .secret, "",
      "Password for SASL. Better kept in a file or as a credential of the service manager."),
    ConfigurationKey(
      "kafka.sasl.password_file", .path, "", example: "/etc/grounded/kafka.password",
      "File whose first line is the password for SASL."),
    ConfigurationKey(
      "kafka.ssl.key.password", .secret, "",
      "Password of the client's private key. Better kept in a file or as a credential."),
    ConfigurationKey(
      "kafka.ssl.key.password_file", .path, "", example: "/etc/grounded/kafka-key.password",
      "File whose first line is the password of the client's private key."),
  ]

  static let topicKeys = [
    ConfigurationKey(
      "topics.generated", .text, "reports.generated", "Where generated reports come from."),
    ConfigurationKey(
      "topics.grounded", .text, "reports.grounded", "Where grounded reports go."),
    ConfigurationKey(
      "topics.rejected", .text, "reports.rejected",
      "Where reports go that cannot be grounded, with the reason in their headers."),
    ConfigurationKey(
      "topics.start", .choice(["earliest", "latest", "fail"]), "earliest",
      "Where to begin in a partition for which neither the ledger nor the consumer group has a "
        + "position; `fail` stops instead."),
    ConfigurationKey(
      "topics.on_out_of_range", .choice(["stop", "earliest", "latest"]), "stop",
      "What to do when the ledger's position is no longer in the topic (retention passed it, or the "
        + "topic was made anew). `earliest` and `latest` go on there and leave a gap."),
    ConfigurationKey(
      "topics.folder", .path, "", example: "/usr/share/grounded/topics",
      "Schemas and topic settings. Not set: the folder that was installed with the program."),
  ]

  static let ledgerKeys = [
    ConfigurationKey(
      "postgres.uri", .connection, "",
      example: "postgresql://grounded@/grounded?host=/run/postgresql",
      "The ledger, as a libpq connection string."),
    ConfigurationKey(
      "postgres.password", .secret, "",
      "Password for PostgreSQL. Better kept in a file or as a credential of the service manager."),
    ConfigurationKey(
      "postgres.password_file", .path, "", example: "/etc/grounded/postgres.password",
      "File whose first line is the password for PostgreSQL."),
    ConfigurationKey(
      "migrations.folder", .path, "", example: "/usr/share/grounded/migrations",
      "The numbered SQL files. Not set: the folder that was installed with the program."),
    ConfigurationKey(
      "campaign", .text, "live", "The campaign that results are written under."),
    ConfigurationKey(
      "ledger.batch_reports_max", .integer(1...10_000), "512",
      "Reports that one transaction writes at most."),
    ConfigurationKey(
      "ledger.patience", .duration(.zero ... .seconds(604_800)), "10min",
      "How long one report may hold its partition up because the database refuses it (a constraint, "
        + "a trigger) or Kafka finds its message too large, before it is rejected. A database that "
        + "is down, or refuses everything, is waited for however long it takes."),
    ConfigurationKey(
      "ledger.score_floor", .number(0.0001...0.9999), "0.01",
      "Raw query scores below this are not kept. A lower threshold can be replayed without the "
        + "model only down to here."),
  ]
}
