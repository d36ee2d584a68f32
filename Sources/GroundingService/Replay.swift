internal import FoundationEssentials
public import Journal
internal import KafkaClient
internal import PostgresClient
internal import Synchronization

/// Grounds old messages again, as a campaign of its own, by the same pipeline and with the same guarantees
/// as live work, whose positions it does not touch.
///
/// The campaign's definition and the offsets that it comes to are written down when it begins; positions
/// move with the results. So the same replay, started again after whatever ended it, goes on where the
/// ledger stands.
public struct Replay: Sendable {
  /// What there is to do.
  public struct Survey: Hashable, Sendable {
    /// Messages of the whole campaign; of a topic at most that many.
    public var total: Int64 = 0
    /// Messages that an earlier run has dealt with.
    public var done: Int64 = 0

    public init(total: Int64 = 0, done: Int64 = 0) {
      self.total = total
      self.done = done
    }
  }

  private let plan: ReplayPlan
  private let settings: Service.Settings
  private let grounder: any ReportGrounder
  private let source: any ReplaySource
  private let surroundings: Surroundings
  private let metrics: ServiceMetrics
  private let log: Log
  private let isStopping = StopFlag()

  /// - Parameters:
  ///   - settings: as of the daemon; the campaign is the plan's.
  ///   - grounder: for a plan that works from scores, a `StoredScoresGrounder`.
  public init(
    _ plan: ReplayPlan, settings: Service.Settings, grounder: any ReportGrounder,
    surroundings: Surroundings, metrics: ServiceMetrics, log: Log
  ) throws {
    self.plan = plan
    var settings = settings
    settings.campaign = plan.campaign
    self.settings = settings
    self.grounder = grounder
    self.surroundings = surroundings
    self.metrics = metrics
    self.log = log
    switch plan.source {
    case .topic:
      source = try TopicSource(
        plan, topic: settings.generatedTopic, kafka: settings.kafka, kafkaLog: log.ofKafka)
    case .ledger:
      source = LedgerSource(plan, postgresURI: settings.postgresURI, shelf: nil)
    case .scores:
      let shelf = (grounder as? StoredScoresGrounder)?.shelf
      precondition(shelf != nil, "scores are read by a StoredScoresGrounder")
      source = LedgerSource(plan, postgresURI: settings.postgresURI, shelf: shelf)
    }
  }

  /// Ends `run` soon; the same replay goes on another time.
  public func stop() { isStopping.set() }

  /// Counts and writes nothing.
  public func survey() async throws -> Survey {
    let store = PostgresStore(
      database: Database(uri: settings.postgresURI, applicationName: "grounded replay"),
      campaign: plan.campaign)
    do {
      let survey: Survey
      if let ranges = try await store.campaignRanges() {
        var left: [TopicPartition: Range<Int64>] = [:]
        for (partition, range) in ranges {
          let position = try await store.position(of: partition)?.nextOffset
          left[partition] = max(range.lowerBound, position ?? 0).clamped(to: range)
        }
        survey = try await self.survey(ranges, left)
      } else {
        let ranges = try await source.ranges()
        survey = try await self.survey(ranges, ranges)
      }
      await end(store)
      return survey
    } catch {
      await end(store)
      throw error
    }
  }

  private func end(_ store: PostgresStore) async {
    await store.database.disconnect()
    await source.close()
  }

  /// Goes over the messages until they are through, or `stop`.
  ///
  /// - Parameters:
  ///   - rate: reports a second at most; nil is as fast as can be.
  ///   - progress: told now and then, at most some times a second.
  /// - Returns: true when the campaign is through.
  public func run(
    rate: Double? = nil, progress: @escaping @Sendable (Survey) -> Void
  ) async throws -> Bool {
    let ranges = try await begin()
    guard !ranges.isEmpty else { throw ReplayError.nothing("there are no messages to go over.") }
    let engine = try await Engine(
      settings, grounder: grounder, publishes: plan.publishes, surroundings: surroundings,
      metrics: metrics, log: log)
    var problem: (any Error)?
    var isThrough = false
    await engine.run {
      do {
        isThrough = try await work(engine, ranges, rate: rate, progress)
      } catch {
        problem = error
      }
    } end: {
      await source.close()
    }
    if let problem { throw problem }
    return isThrough
  }

  private func begin() async throws -> [TopicPartition: Range<Int64>] {
    let database = Database(uri: settings.postgresURI, applicationName: "grounded replay")
    let store = PostgresStore(database: database, campaign: plan.campaign)
    do {
      let row = try await store.note(grounder.identity)
      var found = try await store.campaignRanges()
      if found == nil { found = try await source.ranges() }
      let ranges = try await store.beginCampaign(
        plan.definition(grounderRow: row), ranges: found ?? [:])
      await database.disconnect()
      return ranges
    } catch {
      await database.disconnect()
      throw error
    }
  }

  private func work(
    _ engine: Engine, _ ranges: [TopicPartition: Range<Int64>], rate: Double?,
    _ progress: @Sendable (Survey) -> Void
  ) async throws -> Bool {
    let (tenures, left) = try await open(engine, ranges)
    var survey = try await survey(ranges, left)
    let before = survey.done
    progress(survey)
    try await source.open(left.filter { !$0.value.isEmpty })
    var throttle = Throttle(rate: rate)
    var paused: Set<TopicPartition> = []
    var read: Int64 = 0
    while !isStopping.isSet, let messages = try await next(without: paused) {
      var rest = messages[...]
      repeat {
        let part = rest.prefix(throttle.stride)
        rest = rest.dropFirst(part.count)
        paused = await engine.pipeline.accept(Array(part))
        read += Int64(part.count)
        try await check(engine)
        survey.done = before + read - Int64(await engine.pipeline.waiting)
        progress(survey)
        try await throttle.wait(after: part.count) { isStopping.isSet }
      } while !rest.isEmpty && !isStopping.isSet
    }
    while !(await engine.pipeline.drain(within: .milliseconds(500))) {
      try await check(engine)
      survey.done = before + read - Int64(await engine.pipeline.waiting)
      progress(survey)
      if isStopping.isSet { break }
    }
    let isThrough = !isStopping.isSet
    if isThrough { try await close(engine, tenures, ranges) }
    while !(await engine.relay?.drain(within: .milliseconds(500)) ?? true) {
      if isStopping.since.map({ ContinuousClock.now - $0 > settings.limits.shutdownGrace }) == true
      {
        break
      }
    }
    survey.done = before + read - Int64(await engine.pipeline.waiting)
    progress(survey)
    return isThrough
  }

  private func survey(
    _ ranges: [TopicPartition: Range<Int64>], _ left: [TopicPartition: Range<Int64>]
  ) async throws -> Survey {
    let total = try await source.count(in: ranges)
    return Survey(total: total, done: total - (try await source.count(in: left)))
  }

  /// Takes the campaign's partitions over, and finds where each goes on.
  private func open(
    _ engine: Engine, _ ranges: [TopicPartition: Range<Int64>]
  ) async throws -> ([Tenure], [TopicPartition: Range<Int64>]) {
    var tenures: [Tenure] = []
    var left: [TopicPartition: Range<Int64>] = [:]
    for (partition, range) in ranges {
      let tenure = try await engine.store.takeOver(partition)
      let start = max(range.lowerBound, tenure.nextOffset ?? 0)
      guard try await engine.store.begin(tenure, at: start) else {
        throw ReplayError.takenOver(plan.campaign)
      }
      tenures.append(tenure)
      left[partition] = start.clamped(to: range)
      await engine.pipeline.open(tenure, at: start)
    }
    try await engine.relay?.open(tenures)
    return (tenures, left)
  }

  /// The next messages, however long a database or a broker takes to come back.
  private func next(without paused: Set<TopicPartition>) async throws -> [KafkaMessage]? {
    var attempt = 0
    while true {
      do {
        return try await source.next(without: paused)
      } catch let error as PostgresError where error.isTransient {
        attempt += 1
        log.error("the replay's source: \(error)", ["attempt": attempt])
        if isStopping.isSet { return nil }
        await surroundings.pause(after: attempt, settings.limits.backoff)
      }
    }
  }

  private func check(_ engine: Engine) async throws(ReplayError) {
    if await engine.pipeline.hasFenced { throw .takenOver(plan.campaign) }
  }

  /// Moves positions to the ends of their ranges, so that everyone can see that it is through.
  private func close(
    _ engine: Engine, _ tenures: [Tenure], _ ranges: [TopicPartition: Range<Int64>]
  ) async throws {
    let positions = await engine.pipeline.positions
    let advances = tenures.compactMap { tenure -> LedgerBatch.Advance? in
      guard let end = ranges[tenure.partition]?.upperBound,
        let position = positions[tenure.partition], position < end
      else { return nil }
      return LedgerBatch.Advance(tenure: tenure, from: position, next: end)
    }
    guard !advances.isEmpty else { return }
    guard try await engine.store.commit(LedgerBatch(advances: advances)) == .committed else {
      throw ReplayError.takenOver(plan.campaign)
    }
  }
}

extension Int64 {
  /// What of a range is at this offset and behind it.
  fileprivate func clamped(to range: Range<Int64>) -> Range<Int64> {
    Swift.min(self, range.upperBound)..<range.upperBound
  }
}

/// Set once, and seen by all.
private final class StopFlag: Sendable {
  private let time = Mutex<ContinuousClock.Instant?>(nil)

  var isSet: Bool { since != nil }
  var since: ContinuousClock.Instant? { time.withLock { $0 } }
  func set() { time.withLock { $0 = $0 ?? .now } }
}

/// Holds work down to a rate.
private struct Throttle {
  let rate: Double?
  private var next = ContinuousClock.now

  init(rate: Double?) { self.rate = rate }

  /// How many reports may go on together: those of a tenth of a second.
  var stride: Int { rate.map { max(1, Int(min(1_000_000, $0 / 10))) } ?? .max }

  /// Waits as long as that many reports should take, or until it is told to stop.
  mutating func wait(after count: Int, orUntil isOver: () -> Bool) async throws {
    guard let rate else { return }
    next = max(next, .now) + .seconds(Double(count) / rate)
    while next > .now && !isOver() {
      try await Task.sleep(for: min(.milliseconds(200), next - .now))
    }
  }
}
