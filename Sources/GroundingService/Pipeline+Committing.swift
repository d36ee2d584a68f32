internal import FoundationEssentials
internal import Journal
internal import KafkaClient
internal import PostgresClient

/// The loops that write what is finished into the ledger.
extension Pipeline {
  /// Commits what is finished until `stop`.
  public func run() async {
    await withDiscardingTaskGroup { group in
      for index in stores.indices { group.addTask { await self.commit(by: index) } }
    }
  }

  private func commit(by index: Int) async {
    while !isStopping {
      let full = relay?.fullPartitions ?? []
      if let batch = nextBatch(for: index, without: full) {
        committing += 1
        await commit(batch, to: stores[index])
        committing -= 1
      } else if full.isEmpty && cautious.isEmpty {
        await withCheckedContinuation { sleepers.append($0) }
      } else {
        try? await surroundings.wait(.milliseconds(20))  // cancelled: the loop ends
      }
    }
  }

  private func nextBatch(for index: Int, without full: Set<TopicPartition>) -> LedgerBatch? {
    let mine = lanes.keys.filter {
      Int($0.partition) % stores.count == index && !isHeld($0) && !full.contains($0)
        && !suspended.contains($0)
    }.shuffled()  // so that each has its turn
    for partition in mine where cautious[partition] != nil && Bool.random() {
      guard let ready = lanes[partition]?.takeFinished(limit: 1) else { continue }
      return LedgerBatch(advances: [ready.advance], entries: ready.entries)
    }
    var batch = LedgerBatch()
    var bytes = 0
    for partition in mine where cautious[partition] == nil {
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
    await relay?.waitForRoom()
    var attempt = 0
    while !isStopping || attempt == 0 {
      do {
        let begin = ContinuousClock.now
        surroundings.reached(.beforeTransaction)
        let fenced = try await fencedPartitions(committing: batch, to: store)
        surroundings.reached(.committed)
        metrics.committed(reports: batch.entries.count, in: ContinuousClock.now - begin)
        if fenced.isEmpty {
          confirm(batch, committedSince: begin)
        } else {
          giveUp(fenced, of: batch)
        }
        return
      } catch {
        attempt += 1
        metrics.ledgerFailed()
        log.error("ledger: \(error)", ["attempt": attempt, "reports": batch.entries.count])
        guard error.isTransient else { return await isolate(batch, to: store, because: error) }
        await surroundings.pause(after: attempt, limits.backoff)
      }
    }
    takeBack(batch)
  }

  func takeBack(_ batch: LedgerBatch) {
    for advance in batch.advances where isCurrent(advance.tenure) {
      lanes[advance.tenure.partition]?.takeBack()
    }
  }

  /// Empty when the batch is in the ledger, by this call or by an earlier one whose answer was lost.
  func fencedPartitions(
    committing batch: LedgerBatch, to store: PostgresStore
  ) async throws(PostgresError) -> [TopicPartition] {
    let reached = surroundings.reached
    let outcome = try await store.commit(batch, beforeEnd: { reached(.beforeCommit) })
    guard case .fenced(let partitions) = outcome else { return [] }
    for advance in batch.advances {
      let position = try await store.position(of: advance.tenure.partition)
      if position?.epoch == advance.tenure.epoch, position?.nextOffset == advance.next {
        return []
      }
    }
    return partitions
  }

  func confirm(_ batch: LedgerBatch, committedSince begin: ContinuousClock.Instant) {
    // What was lost meanwhile is the next owner's to publish.
    let current = Set(batch.advances.map(\.tenure).filter(isCurrent).map(\.partition))
    for advance in batch.advances where current.contains(advance.tenure.partition) {
      lanes[advance.tenure.partition]?.confirm()
      refusals[advance.tenure.partition] = nil
      if let end = cautious[advance.tenure.partition], advance.next >= end {
        cautious[advance.tenure.partition] = nil
      }
    }
    for advance in batch.advances where current.contains(advance.tenure.partition) {
      relay?.publish(
        batch.entries.compactMap(\.outbox).filter { $0.source == advance.tenure.partition },
        under: advance.tenure, committedSince: begin)
    }
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

  func giveUp(_ fenced: [TopicPartition], of batch: LedgerBatch) {
    for advance in batch.advances where isCurrent(advance.tenure) {
      let partition = advance.tenure.partition
      if fenced.contains(partition) {
        log.warning("partition belongs to another daemon now", ["partition": "\(partition)"])
        self.fenced.insert(partition)
        Task { await relay?.lose(advance.tenure) }
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
}
