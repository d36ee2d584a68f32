internal import FoundationEssentials
internal import Journal
internal import KafkaClient
internal import PostgresClient
internal import Reports
internal import Synchronization

/// Grounds a part of the live reports once more, with another grounder, into a campaign of its own.
///
/// Live work never waits for it: what it cannot take is dropped, what it cannot do is counted. It moves
/// no position and publishes nothing, so it has gaps; a message that comes again is in its campaign once.
public final class Shadow: Sendable {
  /// What a shadow is told.
  public struct Settings: Hashable, Sendable {
    /// Of the reports that live work has grounded, 0…1.
    public var fraction: Double
    public var campaign: String

    public init(fraction: Double, campaign: String) {
      self.fraction = fraction
      self.campaign = campaign
    }
  }

  private struct Work {
    let report: ReportEvent
    let partition: TopicPartition
    let offset: Int64
    var bytes: Int { report.original.count }
  }

  private struct Queue {
    var work: [Work] = []
    var bytes = 0
  }

  private let grounder: any ReportGrounder
  private let sample: Sample
  private let store: PostgresStore
  private let limits: Limits
  private let surroundings: Surroundings
  private let metrics: ServiceMetrics
  private let log: Log
  private let queue = Mutex(Queue())
  private let arrivals = Bell()
  private let stopping = Flag()

  init(
    _ grounder: any ReportGrounder, _ settings: Settings, store: PostgresStore, limits: Limits,
    surroundings: Surroundings, metrics: ServiceMetrics, log: Log
  ) {
    self.grounder = grounder
    self.store = store
    self.limits = limits
    self.surroundings = surroundings
    self.metrics = metrics
    self.log = log
    sample = Sample(fraction: settings.fraction)
  }

  /// Takes a report if it is one of the chosen and there is room; never waits.
  func offer(_ report: ReportEvent, from partition: TopicPartition, at offset: Int64) {
    guard sample.includes(report.reportID), !stopping.isSet else { return }
    let work = Work(report: report, partition: partition, offset: offset)
    let isTaken = queue.withLock { queue in
      guard queue.work.count < limits.shadowReportsMax,
        queue.work.isEmpty || queue.bytes + work.bytes <= limits.shadowBytesMax
      else { return false }
      queue.work.append(work)
      queue.bytes += work.bytes
      return true
    }
    isTaken ? arrivals.ring() : metrics.shadowDroppedOne()
  }

  /// Works until `stop`, one report at a time.
  func run() async {
    var grounderRow: Int32?
    var rows: [TopicPartition: Int32] = [:]
    while !stopping.isSet {
      guard let work = next() else {
        await arrivals.wait()
        continue
      }
      do {
        if grounderRow == nil {
          grounderRow = try await store.prepare(grounder: grounder.identity)
        }
        if rows[work.partition] == nil {
          rows[work.partition] = try await store.row(of: work.partition)
        }
        guard let grounderRow, let source = rows[work.partition] else { continue }
        try await ground(work, grounderRow: grounderRow, source: source)
      } catch is GroundingFailure {
        if !stopping.isSet { metrics.shadowFailed(.rejected) }
      } catch {
        metrics.shadowFailed(.ledger)
        log.warning("the shadow goes on without a report: \(error)")
      }
    }
  }

  /// Ends `run`; what waits is dropped.
  func stop() {
    stopping.set()
    grounder.retire()
    arrivals.ring()
  }

  private func next() -> Work? {
    queue.withLock { queue in
      guard !queue.work.isEmpty else { return nil }
      let work = queue.work.removeFirst()
      queue.bytes -= work.bytes
      return work
    }
  }

  private func ground(_ work: Work, grounderRow: Int32, source: Int32) async throws {
    let result = try await grounder.ground(work.report)
    let grounded = GroundedReport(
      of: work.report, campaign: store.campaign, grounder: grounder.identity,
      images: result.images, sentences: result.sentences, groundedAt: surroundings.now())
    let record = GroundingRecord(
      grounded, of: work.report, grounderRow: grounderRow, scores: result.scores,
      scoreTerms: result.scoreTerms)
    let entry = LedgerEntry(.grounded(record), at: work.offset, row: source, outbox: nil)
    if try await store.add(entry, source: source) { metrics.shadowed() }
  }
}

/// Who grounds a part of the reports a second time at present.
final class ShadowSlot: Sendable {
  private struct State {
    var shadow: Shadow?
    var work: Task<Void, Never>?
    var isClosed = false
  }

  private let state = Mutex(State())

  var current: Shadow? { state.withLock { $0.shadow } }

  /// Lets another begin, and the one before end; nil lets none follow.
  ///
  /// - Parameter body: runs the shadow to its end.
  func change(to shadow: Shadow?, _ body: @escaping @Sendable (Shadow) async -> Void) {
    let before = state.withLock { state in
      guard !state.isClosed else { return State() }
      defer { state = State(shadow: shadow, work: shadow.map { one in Task { await body(one) } }) }
      return state
    }
    end(before)
  }

  /// Lets the present one end, and none follow.
  func close() {
    let before = state.withLock { state in
      defer { state = State(isClosed: true) }
      return state
    }
    end(before)
  }

  private func end(_ before: State) {
    before.shadow?.stop()
    before.work?.cancel()
  }
}
