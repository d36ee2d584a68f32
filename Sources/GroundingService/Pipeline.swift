internal import FoundationEssentials
internal import Journal
internal import KafkaClient
internal import PostgresClient

/// The way of a report from the consumer to the ledger.
///
/// Every report is a task of its own. Each partition has a `Lane`, which keeps their order. For each
/// store a loop commits what is finished at the front of its lanes in one transaction, and hands the
/// outbox rows to the relay: while one waits for the disk, another fills its rows. What fails because of
/// the world around us is tried again; nothing is passed over.
public actor Pipeline {
  private let workshop: Workshop
  /// Each with a session of its own; a partition always goes to the same one.
  private let stores: [PostgresStore]
  private let relay: OutboxRelay
  private let limits: Limits
  private let surroundings: Surroundings
  private let metrics: ServiceMetrics
  private let log: Log

  private var lanes: [TopicPartition: Lane] = [:]
  private var tasks: [TopicPartition: [Int64: Task<Void, Never>]] = [:]
  private var paused: Set<TopicPartition> = []
  /// Partitions that another process has taken over, though Kafka may still give them to us.
  private var fenced: Set<TopicPartition> = []
  /// Partitions of which the database refused something: their reports are committed one by one.
  private var cautious: Set<TopicPartition> = []
  /// Partitions whose next report the database refuses: left alone until then.
  private var heldUntil: [TopicPartition: ContinuousClock.Instant] = [:]
  private var isStopping = false
  private var committing = 0
  private var sleepers: [CheckedContinuation<Void, Never>] = []

  init(
    workshop: Workshop, stores: [PostgresStore], relay: OutboxRelay, limits: Limits,
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
  }

  /// True when a partition has to be opened again, should it still be ours.
  var hasFenced: Bool { !fenced.isEmpty }

  /// Takes messages in, in the order of their partitions.
  ///
  /// - Returns: the partitions that have no room at present and must not be read further.
  func accept(_ messages: [KafkaMessage]) -> Set<TopicPartition> {
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

  /// Gives partitions up: commits what is finished, forgets the rest, and waits until the relay has
  /// heard of all that it published, within the limit.
  ///
  /// - Parameter isLost: they already belong to another member, so there is nothing left to finish.
  func release(_ partitions: [TopicPartition], isLost: Bool) async {
    for partition in partitions {
      for task in (tasks.removeValue(forKey: partition) ?? [:]).values { task.cancel() }
    }
    if !isLost {
      await settle(within: limits.releaseWait) { [self] in
        partitions.allSatisfy { lanes[$0]?.hasFinishedFront != true }
      }
    }
    for partition in partitions {
      lanes[partition] = nil
      forget(partition)
    }
    await relay.release(partitions, within: isLost ? .zero : limits.releaseWait)
  }

  /// Nothing is held against the partition any more.
  private func forget(_ partition: TopicPartition) {
    paused.remove(partition)
    fenced.remove(partition)
    cautious.remove(partition)
    heldUntil[partition] = nil
  }

  /// Waits until everything accepted is in the ledger; false when the time was not enough.
  func drain(within time: Duration) async -> Bool {
    await settle(within: time) { [self] in lanes.values.allSatisfy { $0.count == 0 } }
    return lanes.values.allSatisfy { $0.count == 0 }
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

  /// Reports between reading and ledger.
  var waiting: Int { lanes.values.reduce(0) { $0 + $1.count } }

  /// Commits what is finished until `stop`.
  public func run() async {
    await withDiscardingTaskGroup { group in
      for index in stores.indices { group.addTask { await self.commit(by: index) } }
    }
  }

  private func commit(by index: Int) async {
    while !isStopping {
      if let batch = nextBatch(for: index) {
        committing += 1
        await commit(batch, to: stores[index])
        committing -= 1
      } else {
        await withCheckedContinuation { sleepers.append($0) }
      }
    }
  }

  private func nextBatch(for index: Int) -> LedgerBatch? {
    let mine = lanes.keys.filter { Int($0.partition) % stores.count == index && !isHeld($0) }
    for partition in mine where cautious.contains(partition) {
      guard let ready = lanes[partition]?.takeFinished(limit: 1) else { continue }
      return LedgerBatch(advances: [ready.advance], entries: ready.entries)
    }
    var batch = LedgerBatch()
    var bytes = 0
    for partition in mine {
      let room = limits.batchReportsMax - batch.entries.count
      guard room > 0, bytes < limits.batchBytesMax else { break }
      let ready = lanes[partition]?.takeFinished(
        limit: room, bytesMax: limits.batchBytesMax - bytes)
      guard let ready else { continue }
      batch.advances.append(ready.advance)
      batch.entries.append(contentsOf: ready.entries)
      bytes += ready.entries.reduce(0) { $0 + $1.rows.bytes }
    }
    return batch.entries.isEmpty ? nil : batch
  }

  private func isHeld(_ partition: TopicPartition) -> Bool {
    heldUntil[partition].map { ContinuousClock.now < $0 } ?? false
  }

  /// Writes a batch, however long the database takes to come back.
  private func commit(_ batch: LedgerBatch, to store: PostgresStore) async {
    await relay.waitForRoom()
    var attempt = 0
    while !isStopping || attempt == 0 {
      do {
        let begin = ContinuousClock.now
        let fenced = try await fencedPartitions(committing: batch, to: store)
        metrics.committed(reports: batch.entries.count, in: ContinuousClock.now - begin)
        if fenced.isEmpty {
          confirm(batch)
        } else {
          giveUp(fenced, of: batch)
        }
        return
      } catch {
        attempt += 1
        metrics.ledgerFailed()
        log.error("ledger: \(error)", ["attempt": attempt, "reports": batch.entries.count])
        guard error.isTransient else { return isolate(batch) }
        try? await surroundings.wait(limits.backoff(attempt))  // cancelled: the loop ends
      }
    }
    takeBack(batch)
  }

  /// The database refuses something of a batch, and would again: only the report that it refuses has to
  /// wait, until somebody has mended what is wrong with it.
  private func isolate(_ batch: LedgerBatch) {
    takeBack(batch)
    let partitions = batch.advances.map(\.tenure.partition)
    cautious.formUnion(partitions)
    guard batch.entries.count == 1, let partition = partitions.first else { return }
    heldUntil[partition] = .now + limits.retryLongest
    log.error(
      "the database refuses a report, which its partition waits for",
      ["partition": "\(partition)", "offset": batch.entries[0].offset])
    Task {
      try? await surroundings.wait(limits.retryLongest)  // never cancelled: nobody holds the task
      wake()
    }
  }

  private func takeBack(_ batch: LedgerBatch) {
    for advance in batch.advances where isCurrent(advance.tenure) {
      lanes[advance.tenure.partition]?.takeBack()
    }
  }

  /// Empty when the batch is in the ledger, by this call or by an earlier one whose answer was lost.
  private func fencedPartitions(
    committing batch: LedgerBatch, to store: PostgresStore
  ) async throws(PostgresError) -> [TopicPartition] {
    guard case .fenced(let partitions) = try await store.commit(batch) else { return [] }
    for advance in batch.advances {
      let position = try await store.position(of: advance.tenure.partition)
      if position?.epoch == advance.tenure.epoch, position?.nextOffset == advance.next {
        return []
      }
    }
    return partitions
  }

  private func confirm(_ batch: LedgerBatch) {
    for advance in batch.advances where isCurrent(advance.tenure) {
      lanes[advance.tenure.partition]?.confirm()
      if lanes[advance.tenure.partition]?.count == 0 { cautious.remove(advance.tenure.partition) }
    }
    relay.publish(batch.entries.map(\.outbox))
    note(batch)
  }

  private func note(_ batch: LedgerBatch) {
    let now = surroundings.now().timeIntervalSince1970
    var findings = Findings()
    for entry in batch.entries {
      guard let found = entry.findings else { continue }
      findings += found
      metrics.grounded(age: entry.timestamp.map { .seconds(max(0, now - Double($0) / 1_000)) })
    }
    metrics.found(findings)
  }

  private func giveUp(_ fenced: [TopicPartition], of batch: LedgerBatch) {
    for advance in batch.advances where isCurrent(advance.tenure) {
      let partition = advance.tenure.partition
      if fenced.contains(partition) {
        log.warning("partition belongs to another daemon now", ["partition": "\(partition)"])
        self.fenced.insert(partition)
        for task in (tasks.removeValue(forKey: partition) ?? [:]).values { task.cancel() }
        lanes[partition] = nil
      } else {
        lanes[partition]?.takeBack()
      }
    }
    wake()
  }

  private func isCurrent(_ tenure: Tenure) -> Bool {
    lanes[tenure.partition]?.tenure.epoch == tenure.epoch
  }

  private func wake() {
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
