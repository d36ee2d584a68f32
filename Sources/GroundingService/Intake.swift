internal import FoundationEssentials
internal import Journal
internal import KafkaClient
internal import PostgresClient
internal import Synchronization
internal import Threads

/// Reads the inbound topic and opens, feeds and releases partitions.
///
/// The position of a partition comes from the ledger; Kafka's committed offset only starts a partition
/// that the ledger does not know, and tells lag monitors where we are.
public actor Intake {
  private let thread = DedicatedThread(name: "intake")
  let consumer: KafkaConsumer
  private let topic: String
  let policy: Policy
  let pipeline: Pipeline
  let relay: OutboxRelay?
  let store: PostgresStore
  let limits: Limits
  let surroundings: Surroundings
  let metrics: ServiceMetrics
  let log: Log

  /// What the group gave us, and what of it is read.
  var assigned: [TopicPartition] = []
  var held: Set<TopicPartition> = []
  /// Held until the group began to share out anew; those that come back go on as they are.
  var kept: Set<TopicPartition> = []
  var pending: Opening?
  var paused: Set<TopicPartition> = []
  private var lastReport = ContinuousClock.now
  var newestTimestamps: [TopicPartition: Int64] = [:]
  private let isStopping = Mutex(false)

  struct Opening {
    let partitions: [TopicPartition]
    var attempt = 0
    var notBefore = ContinuousClock.now
  }

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe thread.asUnownedSerialExecutor()
  }

  init(
    consumer: KafkaConsumer, topic: String, policy: Policy, pipeline: Pipeline,
    relay: OutboxRelay?, store: PostgresStore, limits: Limits, surroundings: Surroundings,
    metrics: ServiceMetrics, log: Log
  ) {
    self.consumer = consumer
    self.topic = topic
    self.policy = policy
    self.pipeline = pipeline
    self.relay = relay
    self.store = store
    self.limits = limits
    self.surroundings = surroundings
    self.metrics = metrics
    self.log = log
  }

  /// Ends `run` after the present poll.
  public nonisolated func stop() { isStopping.withLock { $0 = true } }

  /// True once the brokers know the inbound topic, and while no partition that the group gave us waits
  /// to be opened. A group that is new takes seconds to give any; that is no lack of ours.
  public internal(set) var isReady = false
  private var askAgainAt: ContinuousClock.Instant? = .now
  private var topicAttempts = 0

  /// Reads until `stop`, then leaves everything read to the pipeline.
  ///
  /// Throws when going on would lose or double reports, and a person has to decide.
  public func run() async throws {
    try consumer.subscribe(to: [topic])
    while !isStopping.withLock({ $0 }) {
      metrics.turned()
      if let opening = pending, ContinuousClock.now >= opening.notBefore {
        try await tryOpening(opening)
      }
      lookForTopic()
      let messages = try await poll()
      if !messages.isEmpty { metrics.polled(messages.count) }
      try follow(await pipeline.accept(messages))
      if await pipeline.hasFenced, pending == nil, !assigned.isEmpty { reopenLater() }
      await report()
      await Task.yield()
    }
  }

  /// Before the first assignment: asks the brokers for the topic, now and then.
  private func lookForTopic() {
    guard let time = askAgainAt, ContinuousClock.now >= time else { return }
    let isThere = (try? consumer.partitions(of: topic, timeout: .milliseconds(500))) != nil
    topicAttempts += 1
    if !isThere { metrics.kafkaFailed() }
    let pause = limits.backoff.wait(after: topicAttempts, random: surroundings.chance())
    askAgainAt = isThere ? nil : .now + pause
    isReady = isThere && pending == nil
  }

  /// Leaves the group, within the time.
  public func close(within time: Duration) async {
    await commitCourtesy()
    consumer.close(within: time)
  }

  /// Everything that the consumer has at hand, up to the bound.
  private func poll() async throws -> [KafkaMessage] {
    var messages: [KafkaMessage] = []
    var event = consumer.poll(timeout: limits.pollWait)
    while let present = event {
      switch present {
      case .message(let message):
        messages.append(message)
        newestTimestamps[message.partition] = message.timestamp
      case .assigned(let partitions):
        assigned = partitions
        pending = Opening(partitions: partitions)
        askAgainAt = nil
      case .revoked(let partitions, let isLost):
        _ = await pipeline.accept(messages)
        messages = []
        try await isLost ? giveUp(partitions) : suspend(partitions)
      case .reachedEnd: break
      case .problem(let problem): try heed(problem)
      }
      if messages.count >= limits.pollMessagesMax { break }
      event = consumer.poll(timeout: .zero)
    }
    return messages
  }

  private func heed(_ problem: KafkaError) throws {
    metrics.kafkaFailed()
    if case .offsetOutOfRange(let partition, let offset) = problem {
      guard policy.outOfRange != .stop else {
        throw ServiceError.positionOutOfRange(partition, position: offset, low: nil, high: nil)
      }
      reopenLater()
    }
    if case .fatal = problem { throw problem }
    log.warning("kafka: \(problem)")
  }

  /// Opens all partitions once more, unless the group takes them away meanwhile: somebody has raised
  /// an epoch, who may be the new owner, or a process that died in the act.
  private func reopenLater() {
    isReady = false
    pending = Opening(partitions: assigned, notBefore: .now + limits.reopenAfter)
  }

  /// Pauses and resumes what the pipeline asks for.
  private func follow(_ full: Set<TopicPartition>) throws(KafkaError) {
    let wanted = full.intersection(held)
    let begin = wanted.subtracting(paused)
    let end = paused.subtracting(wanted)
    if !begin.isEmpty { try consumer.pause(Array(begin)) }
    if !end.isEmpty { try consumer.resume(Array(end)) }
    paused = wanted
  }

  /// Once a second: lag for whoever watches, and the courtesy offsets.
  private func report() async {
    guard ContinuousClock.now - lastReport >= .seconds(1) else { return }
    lastReport = .now
    let positions = await pipeline.positions
    let load = await pipeline.load
    let now = surroundings.now().timeIntervalSince1970
    for partition in held {
      guard let position = positions[partition] else { continue }
      let high = consumer.cachedWatermarks(of: partition)?.high ?? position
      let behind = max(0, high - position)
      let newest = newestTimestamps[partition].map { Double($0) / 1_000 } ?? now
      metrics.lag(
        ofTopic: partition.topic, partition: partition.partition, messages: behind,
        seconds: behind == 0 ? 0 : max(0, now - newest),
        waiting: load[partition] ?? 0)
    }
    metrics.outbox(await relay?.backlog ?? 0)
    await commitCourtesy()
  }

  private func commitCourtesy() async {
    commitCourtesy(await pipeline.positions.filter { held.contains($0.key) })
  }

  func commitCourtesy(_ positions: [TopicPartition: Int64]) {
    guard !positions.isEmpty else { return }
    do throws(KafkaError) {
      try consumer.commit(positions)
    } catch {
      log.debug("courtesy offsets: \(error)")
    }
  }
}
