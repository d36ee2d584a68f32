internal import Journal
internal import KafkaClient
internal import PostgresClient
internal import Threads

/// Publishes what the ledger holds for Kafka, and tells the ledger what may be forgotten.
///
/// Rows of one partition go out in the order of their source offsets. Only an acknowledged row leaves
/// the outbox, so a crash repeats nothing but a question: which of the remaining rows are on the
/// outbound topic already? `OutboxRecovery` answers it before the first of them is sent again.
public actor OutboxRelay {
  private let thread = DedicatedThread(name: "relay")
  private let store: PostgresStore
  private let recovery: OutboxRecovery
  private let makeProducer: @Sendable () throws(KafkaError) -> KafkaProducer
  private let limits: Limits
  private let surroundings: Surroundings
  private let metrics: ServiceMetrics
  private let log: Log

  private var producer: KafkaProducer
  private var streams: [TopicPartition: OutboxStream] = [:]
  private var tickets: [UInt64: Ticket] = [:]
  private var nextTicket: UInt64 = 0
  /// After a failure nothing is sent before this.
  private var quietUntil = ContinuousClock.now
  /// Partitions whose next row Kafka cannot take as it is: the others go on.
  private var stuckUntil: [TopicPartition: ContinuousClock.Instant] = [:]
  private var isStopping = false
  private let inbox = Inbox()
  private var waiters: [CheckedContinuation<Void, Never>] = []

  private struct Ticket {
    let partition: TopicPartition
    let epoch: Int64
    let offset: Int64
    let sentAt: ContinuousClock.Instant
  }

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe thread.asUnownedSerialExecutor()
  }

  init(
    store: PostgresStore, recovery: OutboxRecovery,
    producer: @escaping @Sendable () throws(KafkaError) -> KafkaProducer, limits: Limits,
    surroundings: Surroundings, metrics: ServiceMetrics, log: Log
  ) throws(KafkaError) {
    self.store = store
    self.recovery = recovery
    self.limits = limits
    self.surroundings = surroundings
    self.metrics = metrics
    self.log = log
    makeProducer = producer
    self.producer = try producer()
  }

  /// Takes the outboxes of partitions over: what an earlier owner left there is published, unless it
  /// is out already.
  func open(_ tenures: [Tenure]) async throws {
    let ends = try await recovery.ends()
    for tenure in tenures { try await open(tenure, ends: ends) }
    pump()
  }

  private func open(_ tenure: Tenure, ends: [TopicPartition: Int64]) async throws {
    var stream = OutboxStream(tenure: tenure)
    let rows = try await store.pendingOutbox(tenure.partition)
    if rows.isEmpty {
      // Whatever stands on the outbound topics now is not ours: a later recovery starts here.
      _ = try await store.acknowledge(tenure, offsets: [], reached: ends)
    } else {
      let known = try await store.outboundProgress(tenure.partition)
      let published = try await recovery.published(rows, since: known)
      log.notice(
        "outbox taken over",
        [
          "partition": "\(tenure.partition)", "rows": rows.count,
          "published already": published.count,
        ])
      for row in rows { stream.append(row) }
      stream.skip(published)
    }
    streams[tenure.partition] = stream
    inbox.wake()
  }

  /// Publishes rows that a transaction has just written; never waits.
  nonisolated func publish(_ rows: [OutboxRow]) { inbox.put(rows) }

  /// Returns once the rows in memory are few enough for another transaction.
  func waitForRoom() async {
    while backlog > limits.relayRowsMax && !isStopping {
      await withCheckedContinuation { waiters.append($0) }
    }
  }

  /// Rows that Kafka has not acknowledged yet.
  var backlog: Int { streams.values.reduce(inbox.count) { $0 + $1.backlog } }

  /// Gives partitions up, after Kafka answered for all that is under way, within the limit.
  func release(_ partitions: [TopicPartition], within time: Duration) async {
    let deadline = ContinuousClock.now + time
    while partitions.contains(where: { streams[$0]?.isSettled == false }),
      ContinuousClock.now < deadline
    {
      try? await surroundings.wait(.milliseconds(2))  // cancelled: the deadline ends it
    }
    for partition in partitions { streams[partition] = nil }
    wakeWaiters()
  }

  /// Waits until every row is out and forgotten; false when the time was not enough.
  func drain(within time: Duration) async -> Bool {
    let deadline = ContinuousClock.now + time
    while streams.values.contains(where: { $0.backlog > 0 || !$0.isSettled }) {
      guard ContinuousClock.now < deadline else { return false }
      try? await surroundings.wait(.milliseconds(2))  // cancelled: the deadline ends it
    }
    return true
  }

  /// Ends `run`; rows that are not out stay in the ledger.
  func stop() {
    isStopping = true
    inbox.wake()
    wakeWaiters()
  }

  /// Publishes until `stop`.
  public func run() async {
    while !isStopping {
      pump()
      if tickets.isEmpty && !hasAcknowledged {
        await rest()
      } else {
        take(producer.deliveries(timeout: .milliseconds(tickets.isEmpty ? 0 : 2), max: 1_000))
        await forgetAcknowledged()
      }
      if let problem = producer.fatalError { await replaceProducer(after: problem) }
      await Task.yield()
    }
  }

  private var hasAcknowledged: Bool { streams.values.contains { !$0.acknowledged.isEmpty } }

  /// Hands librdkafka what it takes.
  private func pump() {
    for row in inbox.takeAll() { streams[row.source]?.append(row) }
    guard ContinuousClock.now >= quietUntil else { return }
    for partition in streams.keys where !isStuck(partition) {
      while let row = streams[partition]?.next(), !isStuck(partition) {
        guard send(row) else { return }
      }
    }
  }

  private func isStuck(_ partition: TopicPartition) -> Bool {
    guard let end = stuckUntil[partition] else { return false }
    if ContinuousClock.now >= end { stuckUntil[partition] = nil }
    return stuckUntil[partition] != nil
  }

  /// False when nothing can be sent at present, of any partition.
  private func send(_ row: OutboxRow) -> Bool {
    guard let epoch = streams[row.source]?.tenure.epoch else { return false }
    do throws(KafkaError) {
      try producer.send(row.message, ticket: nextTicket)
    } catch {
      if case .queueFull = error { return false }
      log.error("outbox: \(error)", ["topic": row.topic])
      if case .messageTooLarge = error {
        stuckUntil[row.source] = .now + limits.retryLongest
        return true
      }
      quietUntil = .now + limits.retryFirst
      return false
    }
    streams[row.source]?.sent()
    tickets[nextTicket] = Ticket(
      partition: row.source, epoch: epoch, offset: row.offset, sentAt: .now)
    nextTicket += 1
    return true
  }

  private func take(_ reports: [DeliveryReport]) {
    for report in reports {
      guard let ticket = tickets.removeValue(forKey: report.ticket),
        streams[ticket.partition]?.tenure.epoch == ticket.epoch
      else { continue }
      switch report.outcome {
      case .success(let place):
        streams[ticket.partition]?.delivered(ticket.offset, to: place.partition, at: place.offset)
        metrics.published()
        metrics.observe(.publish, ContinuousClock.now - ticket.sentAt)
      case .failure(let problem):
        streams[ticket.partition]?.refused(ticket.offset)
        metrics.publishFailed()
        quietUntil = .now + limits.retryFirst
        log.error("outbox: \(problem)", ["partition": "\(ticket.partition)"])
      }
    }
    if !reports.isEmpty { wakeWaiters() }
  }

  private func forgetAcknowledged() async {
    for (partition, stream) in streams where !stream.acknowledged.isEmpty {
      guard let taken = streams[partition]?.takeAcknowledged() else { continue }
      do {
        let isOurs = try await store.acknowledge(
          stream.tenure, offsets: taken.offsets, reached: taken.reached)
        if !isOurs && streams[partition]?.tenure.epoch == stream.tenure.epoch {
          streams[partition] = nil
        }
      } catch {
        if streams[partition]?.tenure.epoch == stream.tenure.epoch {
          streams[partition]?.putBack(taken.offsets)
        }
        log.error("outbox: \(error)")
        try? await surroundings.wait(limits.retryFirst)  // cancelled: the loop ends
      }
    }
  }

  /// After a fatal error librdkafka's producer is dead, and what was under way is out or not.
  private func replaceProducer(after problem: KafkaError) async {
    log.error("outbox: a new producer is needed: \(problem)")
    do {
      producer = try makeProducer()
      tickets = [:]
      for partition in streams.keys {
        streams[partition]?.interrupt()
        guard let stream = streams[partition] else { continue }
        let known = try await store.outboundProgress(partition)
        let published = try await recovery.published(Array(stream.waiting), since: known)
        if streams[partition]?.tenure.epoch == stream.tenure.epoch {
          streams[partition]?.skip(published)
        }
      }
    } catch {
      log.error("outbox: \(error)")
      try? await surroundings.wait(limits.retryLongest)  // cancelled: the loop ends
    }
  }

  /// Nothing is under way: waits for rows, or for the time of the next try.
  private func rest() async {
    if backlog > inbox.count {
      try? await surroundings.wait(limits.retryFirst)  // cancelled: the loop goes on
    } else if !isStopping {
      await inbox.arrival()
    }
  }

  private func wakeWaiters() {
    guard backlog <= limits.relayRowsMax || isStopping else { return }
    let woken = waiters
    waiters = []
    for waiter in woken { waiter.resume() }
  }
}
