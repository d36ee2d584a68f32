internal import Journal
internal import KafkaClient
internal import PostgresClient
internal import Reports

/// What becomes of a report that the database does not take, however often it is asked.
extension Pipeline {
  /// Since when the next report of a partition is refused, and how often.
  struct Refusal {
    let offset: Int64
    let since: ContinuousClock.Instant
    var attempts = 0
  }

  /// The database refuses something of a batch, and would again: only the report that it refuses has to
  /// wait, until somebody has mended what is wrong, or patience with it ends.
  func isolate(
    _ batch: LedgerBatch, to store: PostgresStore, because error: PostgresError
  ) async {
    for advance in batch.advances { cautious[advance.tenure.partition] = advance.next }
    guard batch.entries.count == 1, let advance = batch.advances.first else {
      return takeBack(batch)
    }
    let partition = advance.tenure.partition
    let offset = batch.entries[0].offset
    var refusal = Refusal(offset: offset, since: .now)
    if let known = refusals[partition], known.offset == offset { refusal = known }
    refusal.attempts += 1
    refusals[partition] = refusal
    metrics.retried(.refused)
    let isSpent = ContinuousClock.now - refusal.since >= limits.refusalPatience
    if isSpent, error.isAboutTheRow, await reject(batch, to: store, because: error) { return }
    takeBack(batch)
    hold(partition, after: refusal)
  }

  /// Leaves one partition alone for a while; the others go on.
  private func hold(_ partition: TopicPartition, after refusal: Refusal) {
    let wait = limits.backoff.wait(after: refusal.attempts, random: surroundings.chance())
    heldUntil[partition] = .now + wait
    log.error(
      "the database refuses a report, which its partition waits for",
      ["partition": "\(partition)", "offset": refusal.offset, "attempt": refusal.attempts])
    Task {
      try? await surroundings.wait(wait)  // never cancelled: nobody holds the task
      wake()
    }
  }

  /// Writes a rejection in the place of the only report of a batch. False when the database refuses that
  /// too, so that it is not the report that is at fault, or when it is a rejection already.
  private func reject(
    _ batch: LedgerBatch, to store: PostgresStore, because error: PostgresError
  ) async -> Bool {
    let tenure = batch.advances[0].tenure
    let entry = workshop.unstorable(batch.entries[0], under: tenure, sqlState: error.sqlState)
    guard let entry else { return false }
    let rejection = LedgerBatch(advances: batch.advances, entries: [entry])
    do {
      let begin = ContinuousClock.now
      let fenced = try await fencedPartitions(committing: rejection, to: store)
      guard fenced.isEmpty else {
        giveUp(fenced, of: rejection)
        return true
      }
      metrics.rejected(RejectionCode.notStorable)
      log.error(
        "a report that the database refuses was rejected, and its partition goes on",
        ["partition": "\(tenure.partition)", "offset": entry.offset])
      confirm(rejection, committedSince: begin)
      return true
    } catch {
      metrics.ledgerFailed()
      log.error("the database refuses the rejection too: \(error)")
      return false
    }
  }
}

extension PostgresError {
  /// True when the database may refuse one row and take others. What lacks a table, a right or a sound
  /// server concerns every row, and is waited for.
  var isAboutTheRow: Bool {
    guard !isTransient else { return false }
    switch self {
    case .zeroInText: return true
    case .refused(let state, _):
      return !["0A", "28", "3D", "3F", "42", "58", "F0", "XX"].contains(state.prefix(2))
    default: return false
    }
  }
}
