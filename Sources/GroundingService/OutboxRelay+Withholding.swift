internal import Journal
internal import KafkaClient
internal import Reports

/// What becomes of a row that Kafka refuses as too large, however often it is tried.
extension OutboxRelay {
  /// A row that was refused though nothing else was in its batch. It is known beyond the partition's
  /// tenure, so that a group that is restless does not make patience endless.
  struct Oversize {
    let offset: Int64
    /// When it was refused first.
    let since: ContinuousClock.Instant
  }

  func refusedAlone(_ offset: Int64, of partition: TopicPartition) {
    metrics.retried(.refused)
    if oversize[partition]?.offset != offset {
      oversize[partition] = Oversize(offset: offset, since: .now)
    }
    refusals.ring()
  }

  /// Publishes rejections without a value in the place of such rows, once patience with them ends.
  func withhold() async {
    while !isStopping {
      let now = ContinuousClock.now
      // Those that were refused just now, again: what fits meanwhile goes out.
      let spent = oversize.filter { partition, one in
        stuckUntil[partition] != nil && now - one.since >= limits.refusalPatience
      }
      for (partition, one) in spent {
        guard let row = streams[partition]?.withhold(one.offset) else { continue }
        await replace(row)
      }
      await refusals.wait()
    }
  }

  private func replace(_ row: OutboxRow) async {
    let partition = row.source
    guard let tenure = streams[partition]?.tenure else { return }
    var result = PostgresStore.Withheld.kept
    do {
      result = try await store.withhold(
        row, under: tenure, to: rejectedTopic, at: surroundings.now())
    } catch {
      metrics.ledgerFailed()
      log.error("outbox: \(error)")
    }
    guard isCurrent(tenure) else { return }
    switch result {
    case .kept:
      streams[partition]?.endWithholding()
      return
    case .erased: streams[partition]?.endWithholding(forgetting: row.offset)
    case .replaced(let replacement): streams[partition]?.endWithholding(with: replacement)
    }
    oversize[partition] = nil
    stuckUntil[partition] = nil
    arrivals.ring()
    guard case .replaced = result else { return }
    if row.topic != rejectedTopic { metrics.rejected(RejectionCode.notPublishable) }
    log.error(
      "outbox: a message that Kafka refuses as too large is replaced by a rejection without its value",
      ["partition": "\(partition)", "offset": row.offset])
  }
}
