internal import FoundationEssentials
internal import Glibc
internal import GroundingService
internal import Journal
internal import KafkaClient
internal import PostgresClient
internal import Synchronization
internal import Threads

/// `grounded serve`: the daemon.
struct Serve: Command {
  static let name = "serve"
  static let summary = "grounds reports from Kafka until it is told to stop"
  static let description = [
    """
    Reads generated reports from the inbound topic, grounds every sentence on the report's images, \
    writes the result to PostgreSQL, and publishes grounded and rejected reports. The position in \
    the topic is kept in PostgreSQL with the results, in the same transaction: whatever dies, a \
    report is in the ledger exactly once.
    """,
    """
    SIGTERM and SIGINT finish what is begun, within shutdown.grace, and lose nothing. SIGHUP rereads \
    the configuration. Another grounder (grounder.*, images.*, model.*, other weights under the same \
    path) is loaded beside the present one and takes over between two reports; so does another \
    shadow. One that cannot be loaded changes nothing. For other keys the log says that a restart \
    is needed.
    """,
    """
    Under systemd the daemon reports readiness, and answers the watchdog only while work makes \
    progress. When nothing moves for watchdog.stuck, it ends itself with status 1.
    """,
    """
    /healthz says whether the process works; /readyz whether the network is loaded, the brokers know \
    the inbound topic, and no partition of ours waits to be opened; /metrics what it does, in \
    Prometheus' format.
    """,
  ]
  static let options = Option.configuration
  static let examples = [
    Example("grounded serve --config /etc/grounded/grounded.conf", "As the service does:"),
    Example(
      "grounded serve --set postgres.uri=dbname=grounded --set images.allow=file:/srv/images",
      "With keys of the file set otherwise:"),
  ]

  static func run(_ arguments: Arguments, on console: Console) async throws -> ExitStatus {
    let configuration = try arguments.configuration(environment: console.environment)
    try configuration.check()
    let signals = Signals.arrivals()
    let log = Log.standardError(
      level: Log.Level(name: configuration.text("log.level")) ?? .info,
      environment: console.environment)
    let readiness = Readiness(environment: console.environment)
    let daemon = Daemon(
      configuration: configuration, log: log, readiness: readiness, metrics: ServiceMetrics(),
      end: { _exit(ExitStatus.failed.rawValue) },
      surroundings: try TestFaults(console.environment).applied(to: .real),
      reread: { () throws(ConfigurationError) in
        let new = try arguments.configuration(environment: console.environment)
        try new.check()
        return new
      })
    try await daemon.run(until: signals)
    return .done
  }
}
