internal import FoundationEssentials
internal import Journal
internal import KafkaClient
internal import PostgresClient

/// The way of a report from the consumer to the ledger.
///
/// Every report is a task of its own. Each partition has a `Lane`, which keeps their order. For each
/// store a loop commits what is finished at the front of its lanes in one transaction, and hands the
/// outbox rows to the relay: while one waits for the disk, another fills its rows. What fails because of
/// the world around us is tried again; nothing is passed over. (`Pipeline+Committing`)
public actor Pipeline {
  let workshop: Workshop
  /// Each with a session of its own; a partition always goes to the same one.
  let stores: [PostgresStore]
  /// Nil when nothing is to be published.
  let relay: OutboxRelay?
  let limits: Limits
  let surroundings: Surroundings
  let metrics: ServiceMetrics
  let log: Log

  var lanes: [TopicPartition: Lane] = [:]
  var tasks: [TopicPartition: [Int64: Task<Void, Never>]] = [:]
  var paused: Set<TopicPartition> = []
  /// Partitions that the group may give to another: their reports are worked on and not committed.
  var suspended: Set<TopicPartition> = []
  /// Partitions that another process has taken over, though Kafka may still give them to us.
  var fenced: Set<TopicPartition> = []
  /// Partitions of which the database refused something: their reports are committed one by one up to
  /// this offset.
  var cautious: [TopicPartition: Int64] = [:]
  /// Partitions whose next report the database refuses: left alone until then.
  var heldUntil: [TopicPartition: ContinuousClock.Instant] = [:]
  /// Since when the database refuses the next report of a partition, and how often.
  var refusals: [TopicPartition: Refusal] = [:]
  var isStopping = false
  var committing = 0
  var sleepers: [CheckedContinuation<Void, Never>] = []

  init(
    workshop: Workshop, stores: [PostgresStore], relay: OutboxRelay?, limits: Limits,
    surroundings: Surroundings, metrics: ServiceMetrics, log: Log
  ) {
    precondition(!stores.isEmpty, "a pipeline without a store")
    self.workshop = workshop
    self.stores = stores
    self.relay = relay
    self.limits = limits
    self.surroundings = surroundings
    self.metrics = metrics
    self.log = log
  }

  /// Begins a partition at an offset that the ledger has confirmed under this tenure.
  func open(_ tenure: Tenure, at offset: Int64) {
    lanes[tenure.partition] = Lane(tenure: tenure, at: offset)
    tasks[tenure.partition] = [:]
    forget(tenure.partition)
    surroundings.reached(.opened)
  }

  /// True when a partition has to be opened again, should it still be ours.
  var hasFenced: Bool { !fenced.isEmpty || relay?.lostPartitions.isEmpty == false }

  /// Takes messages in, in the order of their partitions.
  ///
  /// - Returns: the partitions that have no room at present and must not be read further.
  func accept(_ messages: [KafkaMessage]) -> Set<TopicPartition> {
    if !messages.isEmpty { surroundings.reached(.polled) }
    for message in messages { accept(message) }
    for (partition, lane) in lanes {
      if lane.count >= limits.laneReportsMax || lane.bytes >= limits.laneBytesMax {
        paused.insert(partition)
      } else if lane.count <= limits.laneReportsMax / 2 && lane.bytes <= limits.laneBytesMax / 2 {
        paused.remove(partition)
      }
    }
    return paused
  }

  private func accept(_ message: KafkaMessage) {
    let partition = message.partition
    guard let tenure = lanes[partition]?.tenure else { return }  // taken away meanwhile
    let size = message.bytes
    // In place: a lane that is taken out and put back is copied whole.
    let isNew = lanes[partition]?.accept(
      offset: message.offset, bytes: size, timestamp: message.timestamp)
    guard isNew == true else { return }
    metrics.consumed()
    if let written = message.timestamp {
      let now = surroundings.now().timeIntervalSince1970
      metrics.observe(.read, .seconds(max(0, now - Double(written) / 1_000)))
    }
    tasks[partition]?[message.offset] = Task(priority: .utility) {
      guard let entry = await workshop.entry(for: message, under: tenure) else { return }
      finish(entry, of: message, epoch: tenure.epoch)
    }
  }

  private func finish(_ entry: LedgerEntry, of message: KafkaMessage, epoch: Int64) {
    let partition = message.partition
    guard lanes[partition]?.tenure.epoch == epoch else { return }
    tasks[partition]?[message.offset] = nil
    if lanes[partition]?.finish(entry, at: message.offset) == true { wake() }
  }

  /// Brings partitions to rest: what was committed is published, and nothing more is committed until
  /// `resume`. Reports go on.
  ///
  /// - Returns: those that could not be brought to rest in time.
  func suspend(_ partitions: [TopicPartition]) async -> Set<TopicPartition> {
    suspended.formUnion(partitions)
    await settle(within: limits.releaseWait) { true }
    guard committing == 0 else { return Set(partitions) }
    return await relay?.rest(partitions, within: limits.releaseWait) ?? []
  }

  /// Goes on with partitions where they came to rest.
  func resume(_ partitions: [TopicPartition]) {
    suspended.subtract(partitions)
    wake()
  }

  /// Under which tenure a partition can go on, and the next offset to be read; nil when it cannot.
  func resumable(_ partition: TopicPartition) -> (tenure: Tenure, next: Int64)? {
    guard !fenced.contains(partition) else { return nil }
    return lanes[partition].map { ($0.tenure, $0.expected) }
  }

  /// Gives partitions up: commits what is finished, forgets the rest, and waits until the relay has
  /// heard of all that it published, within the limit.
  ///
  /// - Parameter isLost: they already belong to another member, so there is nothing left to finish.
  /// - Returns: where the ledger stands.
  @discardableResult
  func release(_ partitions: [TopicPartition], isLost: Bool) async -> [TopicPartition: Int64] {
    for partition in partitions {
      for task in (tasks.removeValue(forKey: partition) ?? [:]).values { task.cancel() }
    }
    if !isLost {
      await settle(within: limits.releaseWait) { [self] in
        partitions.allSatisfy { suspended.contains($0) || lanes[$0]?.hasFinishedFront != true }
      }
    }
    var positions: [TopicPartition: Int64] = [:]
    for partition in partitions {
      positions[partition] = lanes.removeValue(forKey: partition)?.committed
      forget(partition)
    }
    await relay?.release(partitions, within: isLost ? .zero : limits.releaseWait)
    surroundings.reached(.released)
    return positions
  }

  /// Nothing is held against the partition any more.
  private func forget(_ partition: TopicPartition) {
    paused.remove(partition)
    suspended.remove(partition)
    fenced.remove(partition)
    cautious[partition] = nil
    heldUntil[partition] = nil
    refusals[partition] = nil
  }

  /// Waits until everything accepted is in the ledger; false when the time was not enough.
  func drain(within time: Duration) async -> Bool {
    await settle(within: time) { [self] in waiting == 0 }
    return waiting == 0
  }

  /// Ends `run` after the transactions that are under way.
  func stop() {
    isStopping = true
    for task in tasks.values.flatMap(\.values) { task.cancel() }
    wake()
  }

  /// The positions in the ledger of all partitions held.
  var positions: [TopicPartition: Int64] { lanes.mapValues(\.committed) }

  /// What waits at present, for metrics.
  var load: [TopicPartition: Int] { lanes.mapValues(\.count) }

  /// Reports between reading and ledger, but for those that wait for the group.
  var waiting: Int {
    lanes.reduce(0) { $0 + (suspended.contains($1.key) ? 0 : $1.value.count) }
  }

  func wake() {
    let woken = sleepers
    sleepers = []
    for sleeper in woken { sleeper.resume() }
  }

  /// Waits until `condition` holds between two transactions, at most that long.
  private func settle(within time: Duration, until condition: () -> Bool) async {
    let deadline = ContinuousClock.now + time
    while !(condition() && committing == 0), ContinuousClock.now < deadline, !isStopping {
      try? await surroundings.wait(.milliseconds(5))  // cancelled: the deadline ends it
    }
  }
}
