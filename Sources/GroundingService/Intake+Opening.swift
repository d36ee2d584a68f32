internal import Journal
internal import KafkaClient
internal import PostgresClient

/// Which partitions are ours, and from where on each is read.
extension Intake {
  /// Opens assigned partitions; what fails because of the world is tried again later.
  func tryOpening(_ opening: Opening) async throws {
    do {
      let left = held.union(opening.attempt > 0 ? opening.partitions : []).subtracting(kept)
      if !left.isEmpty { await pipeline.release(Array(left), isLost: false) }
      pending = nil
      try await open(opening.partitions)
    } catch let error as ServiceError where error.needsDecision {
      throw error
    } catch {
      var next = opening
      next.attempt += 1
      next.notBefore =
        .now + limits.backoff.wait(after: next.attempt, random: surroundings.chance())
      metrics.retried(.open)
      isReady = false
      pending = next
      log.error("partitions cannot be opened yet: \(error)", ["attempt": next.attempt])
    }
  }

  private func open(_ assigned: [TopicPartition]) async throws {
    let staying = try await keep(assigned)
    let partitions = assigned.filter { staying[$0] == nil }
    let committed = try consumer.committedOffsets(partitions, timeout: .seconds(10))
    var tenures: [Tenure] = []
    for partition in partitions {
      metrics.turned()
      tenures.append(try await store.takeOver(partition))
      surroundings.reached(.tookOver)
    }
    // Only now: what an earlier owner had read by then is within the range.
    let ranges = try consumer.watermarks(of: partitions, timeout: .seconds(10))
    var starts: [TopicPartition: KafkaOffset] = [:]
    for tenure in tenures {
      metrics.turned()
      let partition = tenure.partition
      guard let range = ranges[partition] else { preconditionFailure("\(partition) was asked for") }
      let start = try Self.start(
        of: partition, position: tenure.nextOffset, committed: committed[partition],
        low: range.low, high: range.high, policy: policy)
      if let known = tenure.nextOffset, start < known,
        try await store.holdsResults(of: partition, from: start)
      {
        throw ServiceError.topicMadeAnew(partition, position: known, start: start)
      }
      guard try await store.begin(tenure, at: start) else {
        throw ServiceError.takenOver(partition)
      }
      starts[partition] = .at(start)
      log.notice(
        "partition opened",
        ["partition": "\(partition)", "offset": start, "epoch": tenure.epoch])
    }
    try await relay?.open(tenures)
    for tenure in tenures {
      guard case .at(let offset)? = starts[tenure.partition] else { continue }
      await pipeline.open(tenure, at: offset)
    }
    try consumer.assign(starts.merging(staying) { fresh, _ in fresh })
    held = Set(assigned)
    kept = []
    paused = []
    await pipeline.resume(Array(staying.keys))
    isReady = true
    metrics.reading(partitions: held.count)
  }

  /// The offset at which a partition begins.
  static func start(
    of partition: TopicPartition, position: Int64?, committed: Int64?, low: Int64, high: Int64,
    policy: Policy
  ) throws(ServiceError) -> Int64 {
    if let known = position ?? committed {
      if known >= low && known <= high { return known }
      switch policy.outOfRange {
      case .stop:
        throw .positionOutOfRange(partition, position: known, low: low, high: high)
      case .earliest: return low
      case .latest: return high
      }
    }
    switch policy.start {
    case .earliest: return low
    case .latest: return high
    case .fail: throw .noPosition(partition)
    }
  }

  /// What of the partitions that were ours stays so, and where each is read on; the others are let go.
  private func keep(
    _ assigned: [TopicPartition]
  ) async throws -> [TopicPartition: KafkaOffset] {
    await letGo(kept.subtracting(assigned))
    var staying: [TopicPartition: KafkaOffset] = [:]
    for partition in kept {
      guard let (tenure, next) = await pipeline.resumable(partition),
        try await store.isCurrent(tenure)
      else {
        await letGo([partition])
        continue
      }
      staying[partition] = .at(next)
    }
    if !staying.isEmpty { log.notice("partitions kept", ["count": staying.count]) }
    return staying
  }

  private func letGo(_ partitions: Set<TopicPartition>) async {
    guard !partitions.isEmpty else { return }
    await pipeline.release(Array(partitions), isLost: false)
    kept.subtract(partitions)
    forget(partitions)
  }

  private func forget(_ partitions: Set<TopicPartition>) {
    for partition in partitions {
      newestTimestamps[partition] = nil
      metrics.released(topic: partition.topic, partition: partition.partition)
    }
    log.notice("partitions released", ["count": partitions.count])
  }

  /// The group shares out anew, and another member may get any of these. What is begun goes on, but
  /// nothing is written or published until it is known who has what: so whoever gets a partition finds an
  /// empty outbox, and those that come back lose nothing.
  func suspend(_ partitions: [TopicPartition]) async throws {
    pending = nil
    assigned = []
    isReady = false
    let ours = held.union(kept)
    let restless = await pipeline.suspend(Array(ours))
    kept = ours.subtracting(restless)
    commitCourtesy(await pipeline.positions.filter { kept.contains($0.key) })
    await letGo(restless.union(partitions).subtracting(kept))
    held = []
    paused = []
    metrics.reading(partitions: 0)
    try consumer.unassign()
    log.notice("partitions suspended", ["count": kept.count])
  }

  /// The partitions are another's by now: nothing of them is finished.
  func giveUp(_ partitions: [TopicPartition]) async throws {
    pending = nil
    assigned = []
    isReady = false
    let all = kept.union(partitions)
    await pipeline.release(Array(all), isLost: true)
    kept = []
    held.subtract(all)
    paused.subtract(all)
    forget(all)
    metrics.reading(partitions: held.count)
    try consumer.unassign()
  }
}
