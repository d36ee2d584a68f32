internal import Journal
internal import KafkaClient
internal import PostgresClient

/// The loops that find out what is out, and tell the ledger.
extension OutboxRelay {
  /// Finds out about rows of which nobody knows, of all partitions that have some.
  func recover() async {
    var attempt = 0
    while !isStopping {
      let doubtful = streams.values.filter(\.needsRecovery)
      if doubtful.isEmpty {
        await doubts.wait()
        continue
      }
      let settled = doubtful.filter { isSettled($0) }
      if settled.isEmpty {
        try? await surroundings.wait(limits.retryFirst)  // cancelled: the loop ends
        continue
      }
      do {
        try await recover(settled)
        attempt = 0
      } catch {
        attempt += 1
        metrics.publishFailed()
        log.error("outbox: \(error)", ["attempt": attempt])
        await surroundings.pause(after: attempt, limits.backoff)
      }
    }
  }

  /// Nothing of an earlier owner can come out any more.
  private func isSettled(_ stream: OutboxStream) -> Bool {
    stream.knownAtOpening == nil || ContinuousClock.now - stream.openedAt >= limits.takeOverSettle
  }

  private func recover(_ doubtful: [OutboxStream]) async throws {
    var known: [TopicPartition: Int64]?
    for stream in doubtful {
      let progress: [TopicPartition: Int64]
      if let known = stream.knownAtOpening {
        progress = known
      } else {
        progress = try await store.outboundProgress(stream.tenure.partition)
      }
      // One that a stream knows nothing of is read from its beginning.
      known =
        known?.merging(progress, uniquingKeysWith: min).filter { progress[$0.key] != nil }
        ?? progress
    }
    let rows = doubtful.flatMap(\.unknownRows)
    let since = known ?? [:]
    let published = try await metrics.waiting(for: .publish) {
      try await recovery.published(rows, since: since, after: limits.recoverySettle)
    }
    surroundings.reached(.recovered)
    for stream in doubtful where isCurrent(stream.tenure) {
      streams[stream.tenure.partition]?.recovered(published)
    }
    log.notice(
      "outbox recovered",
      ["partitions": doubtful.count, "rows": rows.count, "published already": published.count])
    arrivals.ring()
    acknowledgements.ring()
    wakeWaiters()
  }

  /// Takes out of the outbox what Kafka has, and renews leases.
  func forget() async {
    var attempt = 0
    while !isStopping || streams.values.contains(where: { !$0.acknowledged.isEmpty }) {
      let taken = takeAcknowledged()
      if taken.isEmpty {
        await acknowledgements.wait()
        continue
      }
      let begin = ContinuousClock.now
      do {
        let lost = try await store.acknowledge(taken)
        surroundings.reached(.acknowledged)
        for tenure in lost { lose(tenure) }
        for one in taken where isCurrent(one.tenure) {
          streams[one.tenure.partition]?.confirm(at: begin)
        }
        attempt = 0
        arrivals.ring()
        wakeWaiters()
      } catch {
        for one in taken where isCurrent(one.tenure) {
          streams[one.tenure.partition]?.putBack(one.offsets)
        }
        attempt += 1
        metrics.ledgerFailed()
        log.error("outbox: \(error)", ["attempt": attempt])
        if isStopping { return }
        await surroundings.pause(after: attempt, limits.backoff)
      }
      // Many are forgotten in one transaction.
      if !isStopping { try? await surroundings.wait(limits.acknowledgeEvery) }
    }
  }

  private func takeAcknowledged() -> [Acknowledgement] {
    streams.keys.compactMap { partition in
      guard let stream = streams[partition],
        !stream.acknowledged.isEmpty || needsLease(stream),
        let taken = streams[partition]?.takeAcknowledged()
      else { return nil }
      return Acknowledgement(tenure: stream.tenure, offsets: taken.offsets, reached: taken.reached)
    }
  }

  private func needsLease(_ stream: OutboxStream) -> Bool {
    !closing.contains(stream.tenure.partition) && stream.isWaiting
      && !stream.isConfirmed(within: limits.outboxLease / 2, at: .now)
  }
}
