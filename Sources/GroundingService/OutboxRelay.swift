internal import Journal
internal import KafkaClient
internal import PostgresClient
internal import Synchronization
internal import Threads

/// Publishes what the ledger holds for Kafka, and tells the ledger what may be forgotten.
///
/// Rows of one partition go out in the order of their source offsets. Only an acknowledged row leaves
/// the outbox. Of a row that an earlier owner left, or whose answer never came, nobody knows whether it
/// is out: then `OutboxRecovery` reads the outbound topics before anything more of its partition goes out.
///
/// The ledger fences commits by the epoch; Kafka knows no epochs. So an owner hands rows to librdkafka only
/// within a lease, which every word of the ledger's that the epoch is still its own renews, and librdkafka
/// gives rows up soon. A new owner of an outbox that is not empty reads the outbound topics when both times
/// are over (`Limits.takeOverSettle`): whoever had the partition before can then send nothing any more, not
/// even one who was frozen meanwhile.
///
/// Four loops: `publish` (`OutboxRelay+Publishing`), `recover` and `forget` (`OutboxRelay+Recovering`), and
/// `withhold` (`OutboxRelay+Withholding`).
public actor OutboxRelay {
  private let thread = DedicatedThread(name: "relay")
  let store: PostgresStore
  let recovery: OutboxRecovery
  /// Of its own, since a recovery may take long and partitions wait for this one.
  let ends: OutboxRecovery
  /// Where a row goes that is too large for its own topic.
  let rejectedTopic: String
  let makeProducer: @Sendable () throws(KafkaError) -> KafkaProducer
  let limits: Limits
  let surroundings: Surroundings
  let metrics: ServiceMetrics
  let log: Log

  var producer: KafkaProducer
  var streams: [TopicPartition: OutboxStream] = [:]
  var tickets: [UInt64: Ticket] = [:]
  var nextTicket: UInt64 = 0
  /// After a failure that concerns all, nothing is sent before this.
  var quietUntil = ContinuousClock.now
  /// Partitions whose next row Kafka does not take at present: the others go on.
  var stuckUntil: [TopicPartition: ContinuousClock.Instant] = [:]
  var lastAnswer = ContinuousClock.now
  /// By partition, the row that Kafka refuses even alone.
  var oversize: [TopicPartition: Oversize] = [:]
  let inbox = Inbox()
  let arrivals = Bell()
  let doubts = Bell()
  let acknowledgements = Bell()
  let refusals = Bell()
  /// Partitions that are being given up: nothing more of them is sent.
  var closing: Set<TopicPartition> = []
  private(set) var isStopping = false
  private var waiters: [CheckedContinuation<Void, Never>] = []
  private let full = Mutex<Set<TopicPartition>>([])
  private let lost = Mutex<Set<TopicPartition>>([])

  struct Ticket {
    let partition: TopicPartition
    let epoch: Int64
    let offset: Int64
    let sentAt: ContinuousClock.Instant
    /// Nothing else was under way with it.
    let isAlone: Bool
  }

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe thread.asUnownedSerialExecutor()
  }

  init(
    store: PostgresStore, recovery: OutboxRecovery, ends: OutboxRecovery, rejectedTopic: String,
    producer: @escaping @Sendable () throws(KafkaError) -> KafkaProducer, limits: Limits,
    surroundings: Surroundings, metrics: ServiceMetrics, log: Log
  ) throws(KafkaError) {
    self.store = store
    self.recovery = recovery
    self.ends = ends
    self.rejectedTopic = rejectedTopic
    self.limits = limits
    self.surroundings = surroundings
    self.metrics = metrics
    self.log = log
    makeProducer = producer
    self.producer = try producer()
  }

  /// Takes the outboxes of partitions over: what an earlier owner left there is published, unless it
  /// is out already.
  ///
  /// Throws `ServiceError.takenOver` when it was read too late: the rows may be of somebody who came after.
  func open(_ tenures: [Tenure]) async throws {
    var clean: [Tenure] = []
    for tenure in tenures {
      // Before the rows: an earlier owner that is not quite gone may yet move it past some of them.
      let known = try await store.outboundProgress(tenure.partition)
      let rows = try await store.pendingOutbox(tenure.partition)
      let begin = ContinuousClock.now
      guard try await store.isCurrent(tenure) else {
        throw ServiceError.takenOver(tenure.partition)
      }
      streams[tenure.partition] = OutboxStream(tenure: tenure, leftOver: rows, since: known)
      streams[tenure.partition]?.confirm(at: begin)
      closing.remove(tenure.partition)
      lost.withLock { _ = $0.remove(tenure.partition) }
      if rows.isEmpty { clean.append(tenure) }
    }
    await noteEnds(for: clean)
    doubts.ring()
    arrivals.ring()
  }

  /// Whatever stands on the outbound topics now is nothing of these outboxes: a later recovery may begin
  /// here. Without this it would read more than it must.
  private func noteEnds(for tenures: [Tenure]) async {
    guard !tenures.isEmpty else { return }
    do {
      let ends = try await ends.ends()
      _ = try await store.acknowledge(
        tenures.map { Acknowledgement(tenure: $0, offsets: [], reached: ends) })
    } catch {
      log.debug("outbox: the outbound topics' ends are not known: \(error)")
    }
  }

  /// Publishes rows that a transaction has just written; never waits.
  ///
  /// - Parameters:
  ///   - tenure: under which it was, of all rows.
  ///   - begin: when the transaction began. It found the partition to be ours.
  nonisolated func publish(
    _ rows: [OutboxRow], under tenure: Tenure, committedSince begin: ContinuousClock.Instant
  ) {
    inbox.put(rows, under: tenure, confirmedAt: begin)
    arrivals.ring()
  }

  /// Returns once the rows in memory are few enough for another transaction.
  func waitForRoom() async {
    while isFull && !isStopping {
      await withCheckedContinuation { waiters.append($0) }
    }
  }

  /// Partitions with a full stream of their own do not count: they are held back by themselves, and
  /// the others go on.
  private var isFull: Bool {
    var (rows, bytes) = (inbox.count, inbox.bytes)
    for stream in streams.values where !isFull(stream) {
      rows += stream.backlog
      bytes += stream.bytes
    }
    return rows > limits.relayRowsMax || bytes > limits.relayBytesMax
  }

  private func isFull(_ stream: OutboxStream) -> Bool {
    stream.backlog > limits.relayRowsMax / 4 || stream.bytes > limits.relayBytesMax / 4
  }

  /// Partitions of which nothing more should be committed at present.
  nonisolated var fullPartitions: Set<TopicPartition> { full.withLock { $0 } }

  /// Partitions that the ledger says are another's, since they were opened here.
  nonisolated var lostPartitions: Set<TopicPartition> { lost.withLock { $0 } }

  /// Lets go of a partition that is another's.
  func lose(_ tenure: Tenure) {
    guard isCurrent(tenure) else { return }
    drop([tenure.partition])
    lost.withLock { _ = $0.insert(tenure.partition) }
  }

  func isCurrent(_ tenure: Tenure) -> Bool {
    streams[tenure.partition]?.tenure.epoch == tenure.epoch
  }

  private func noteFull() {
    let now = Set(streams.filter { isFull($0.value) }.keys)
    full.withLock { $0 = now }
  }

  /// Rows that Kafka has not acknowledged yet.
  var backlog: Int { streams.values.reduce(inbox.count) { $0 + $1.backlog } }

  /// Waits until everything of the partitions is out and forgotten.
  ///
  /// - Returns: those of which something is left when the time is over.
  func rest(_ partitions: [TopicPartition], within time: Duration) async -> Set<TopicPartition> {
    let deadline = ContinuousClock.now + time
    while true {
      let isArriving = inbox.count > 0
      let left = partitions.filter { partition in
        streams[partition].map { isArriving || $0.backlog > 0 || !$0.isSettled } ?? false
      }
      guard !left.isEmpty, ContinuousClock.now < deadline, !isStopping else { return Set(left) }
      try? await surroundings.wait(.milliseconds(2))  // cancelled: the deadline ends it
    }
  }

  /// Gives partitions up: waits until Kafka has answered for all that is under way, and takes back what
  /// is still under way then. The next owner must not meet it.
  func release(_ partitions: [TopicPartition], within time: Duration) async {
    closing.formUnion(partitions)
    let deadline = ContinuousClock.now + time
    while partitions.contains(where: { streams[$0]?.isSettled == false }),
      ContinuousClock.now < deadline, !isStopping
    {
      try? await surroundings.wait(.milliseconds(2))  // cancelled: the deadline ends it
    }
    drop(partitions)
  }

  func drop(_ partitions: [TopicPartition]) {
    let isUnderWay = partitions.contains { (streams[$0]?.underWay ?? 0) > 0 }
    if isUnderWay { replaceProducer(because: "partitions are given up while rows are under way") }
    for partition in partitions {
      streams[partition] = nil
      closing.remove(partition)
      lost.withLock { _ = $0.remove(partition) }
    }
    wakeWaiters()
  }

  /// Waits until every row is out and forgotten; false when the time was not enough.
  func drain(within time: Duration) async -> Bool {
    let deadline = ContinuousClock.now + time
    while backlog > 0 || streams.values.contains(where: { !$0.isSettled }) {
      guard ContinuousClock.now < deadline else { return false }
      try? await surroundings.wait(.milliseconds(2))  // cancelled: the deadline ends it
    }
    return true
  }

  /// Ends `run`; rows that are not out stay in the ledger.
  func stop() {
    isStopping = true
    producer.purge()  // nothing of it may go out after another has taken over
    for bell in [arrivals, doubts, acknowledgements, refusals] { bell.ring() }
    wakeWaiters()
  }

  /// Publishes until `stop`.
  public func run() async {
    async let publishing: Void = publish()
    async let recovering: Void = recover()
    async let forgetting: Void = forget()
    async let withholding: Void = withhold()
    _ = await (publishing, recovering, forgetting, withholding)
    producer.close(within: .seconds(1))
  }

  /// Ends the present producer and everything that is with it: of that nobody knows any more whether it
  /// is out.
  func replaceProducer(because reason: String) {
    log.warning("outbox: a new producer is needed: \(reason)")
    producer.purge()
    take(producer.deliveries(timeout: .milliseconds(500), max: .max))
    for partition in streams.keys { streams[partition]?.interrupt() }
    tickets = [:]
    do throws(KafkaError) {
      let next = try makeProducer()
      producer.close(within: .seconds(1))
      producer = next
    } catch {
      log.error("outbox: \(error)")
      quietUntil = .now + limits.retryLongest
    }
    doubts.ring()
  }

  func wakeWaiters() {
    noteFull()
    guard !isFull || isStopping else { return }
    let woken = waiters
    waiters = []
    for waiter in woken { waiter.resume() }
  }
}
