internal import Journal
internal import Synchronization

/// The numbers that the daemon shows at `/metrics`, and the only place where they are named.
///
/// Labels are stages, codes, statuses and partitions: never a report, a patient or an address.
public final class ServiceMetrics: Sendable {
  /// Where time goes, in the order of a report's way.
  public enum Stage: Int, Sendable, CaseIterable {
    case read, decide, fetch, decode, model, fuse, ledger, publish

    var name: String { "\(self)" }
  }

  /// What is tried again instead of failing.
  public enum Retry: String, Sendable, CaseIterable {
    /// A broker, an image's server, a transaction, an outbound message.
    case kafka, fetch, ledger, publish
    /// Taking partitions over; the database at the start.
    case open, start
    /// A report that the database refuses, or a message that Kafka does; a network that finds no memory.
    case refused, memory
  }

  /// What became of the wish to change over to another grounder.
  public enum Change: String, Sendable, CaseIterable { case done, failed }

  /// Why a shadow made nothing of a report.
  public enum ShadowFailure: String, Sendable, CaseIterable { case rejected, ledger, loading }

  let registry = Metrics()
  let messagesConsumed, reportsGrounded, reportsPublished, regions, turns: Counter
  let shadowReports, shadowDropped: Counter
  let rejections, sentences, retries, changes, shadowFailures, textLookups: MetricFamily<Counter>
  let lagMessages, lagSeconds, waiting, queues, retryWaits: MetricFamily<Gauge>
  let batches: MetricFamily<Histogram>
  /// By stage: looked up once, as they are observed for every report.
  let stageDurations: [Histogram]
  let reportSeconds: Histogram
  let deviceRestarts: Counter
  let deviceFigures: DeviceFigures
  let networkMemory: MetricFamily<Gauge>
  /// Devices whose figures are looked up.
  let watchedDevices = Mutex<Set<String>>([])
  let outboxPending, modelLoadSeconds, partitions: Gauge
  let buildInfo: MetricFamily<Gauge>
  /// The labels of `buildInfo` that are shown.
  let shown = Mutex<Running?>(nil)
  private let process: ProcessMetrics

  private static let secondBounds = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
    5, 10, 30, 60,
  ]
  private static let sizeBounds: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 4_096]

  public init() {
    messagesConsumed = registry.counter(
      "grounded_messages_consumed_total", "Messages taken from the inbound topic.")
    reportsGrounded = registry.counter(
      "grounded_reports_grounded_total", "Reports whose grounding is in the ledger.")
    rejections = registry.counters(
      "grounded_reports_rejected_total", "Messages rejected, by code.", labels: ["code"])
    reportsPublished = registry.counter(
      "grounded_messages_published_total", "Outbound messages that Kafka acknowledged.")
    sentences = registry.counters(
      "grounded_sentences_total", "Sentences in the ledger, by status.", labels: ["status"])
    regions = registry.counter("grounded_regions_total", "Boxes in the ledger.")
    retries = registry.counters(
      "grounded_retries_total", "Failures of the surroundings that are tried again.",
      labels: ["what"])
    retryWaits = registry.gauges(
      "grounded_retry_waits", "What waits at present for somebody else's server or for memory.",
      labels: ["what"])
    textLookups = registry.counters(
      "grounded_text_lookups_total",
      "Sentences that the network was asked for: text features at hand, or computed.",
      labels: ["result"])
    deviceFigures = DeviceFigures(in: registry)
    networkMemory = registry.gauges(
      "grounded_device_network_bytes", "Memory of a GPU that the network takes.",
      labels: ["device"])
    deviceRestarts = registry.counter(
      "grounded_device_restarts_total",
      "Faults of a GPU after which the batch was tried again with a fresh context.")
    turns = registry.counter(
      "grounded_intake_turns_total",
      "Turns of the loop that reads the inbound topic; it never rests for long.")
    changes = registry.counters(
      "grounded_grounder_changes_total", "Changes to another grounder, by result.",
      labels: ["result"])
    shadowReports = registry.counter(
      "grounded_shadow_reports_total", "Reports that a shadow has put into the ledger.")
    shadowDropped = registry.counter(
      "grounded_shadow_dropped_total", "Reports that a shadow left out, as its queue was full.")
    shadowFailures = registry.counters(
      "grounded_shadow_failures_total", "Reports that a shadow made nothing of, by cause.",
      labels: ["cause"])
    lagMessages = registry.gauges(
      "grounded_lag_messages", "Messages between the ledger's position and the partition's end.",
      labels: ["topic", "partition"])
    lagSeconds = registry.gauges(
      "grounded_lag_seconds", "Age of the newest message read while others wait; else 0.",
      labels: ["topic", "partition"])
    waiting = registry.gauges(
      "grounded_partition_reports", "Reports between reading and the ledger.",
      labels: ["topic", "partition"])
    partitions = registry.gauge("grounded_partitions", "Partitions that this daemon reads.")
    queues = registry.gauges("grounded_queue_items", "What waits in a queue.", labels: ["queue"])
    let durations = registry.histograms(
      "grounded_stage_duration_seconds", "Time that a stage takes.", labels: ["stage"],
      bounds: Self.secondBounds)
    stageDurations = Stage.allCases.map { durations[$0.name] }
    batches = registry.histograms(
      "grounded_batch_size", "What a stage takes at once: messages, sentences, reports.",
      labels: ["stage"], bounds: Self.sizeBounds)
    reportSeconds = registry.histogram(
      "grounded_report_duration_seconds",
      "From the message's timestamp until its grounding is in the ledger.",
      bounds: Self.secondBounds + [300, 1_800, 3_600])
    outboxPending = registry.gauge(
      "grounded_outbox_pending_rows", "Outbox rows that Kafka has not acknowledged.")
    modelLoadSeconds = registry.gauge(
      "grounded_model_load_duration_seconds", "How long loading the network took.")
    buildInfo = registry.gauges(
      "grounded_build_info", "1, with what runs in its labels.",
      labels: ["version", "grounder", "grounder_version", "weights_sha256", "device"])
    process = ProcessMetrics(in: registry)
    showZeros()
  }

  /// Prometheus' text, with every series as it is now.
  public func exposition() -> String { registry.exposition() }

  /// Series that are there before their first event, so that a rate can be taken from the start.
  private func showZeros() {
    for retry in Retry.allCases {
      _ = retries[retry.rawValue]
      _ = retryWaits[retry.rawValue]
    }
    for change in Change.allCases { _ = changes[change.rawValue] }
    for failure in ShadowFailure.allCases { _ = shadowFailures[failure.rawValue] }
  }
}
