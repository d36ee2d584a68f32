internal import Journal
internal import Reports

/// What happens, in the words of those to whom it happens.
extension ServiceMetrics {
  /// A stage took so long.
  public func observe(_ stage: Stage, _ duration: Duration) {
    stageDurations[stage.rawValue].observe(duration)
  }

  /// One poll brought so many messages.
  public func polled(_ messages: Int) { batches[Stage.read.name].observe(Double(messages)) }

  /// One message was taken into the pipeline.
  public func consumed() { messagesConsumed.increment() }

  /// One message was rejected. Codes are few and fixed.
  public func rejected(_ code: some RawRepresentable<String>) {
    rejections[code.rawValue].increment()
  }

  /// So many calls wait for the network.
  public func modelQueue(_ count: Int) { queues[Stage.model.name].set(count) }

  /// The network ran once.
  public func modelRan(images: Int, sentences: Int, in duration: Duration) {
    stageDurations[Stage.model.rawValue].observe(duration)
    batches[Stage.model.name].observe(Double(sentences))
  }

  /// So many sentences had their text features ready, so many had not.
  func lookedUpTexts(ready: Int, computed: Int) {
    textLookups["ready"].increment(by: ready)
    textLookups["computed"].increment(by: computed)
  }

  /// Loading the network took so long.
  public func modelLoaded(in duration: Duration) {
    modelLoadSeconds.set(duration / .seconds(1))
  }

  /// One transaction is in the ledger.
  public func committed(reports: Int, in duration: Duration) {
    stageDurations[Stage.ledger.rawValue].observe(duration)
    batches[Stage.ledger.name].observe(Double(reports))
  }

  /// One report is in the ledger.
  ///
  /// - Parameter age: since its message was written to Kafka; nil when the message does not say when.
  public func grounded(age: Duration?) {
    reportsGrounded.increment()
    if let age { reportSeconds.observe(age) }
  }

  /// What reports that are in the ledger came to.
  public func found(_ findings: Findings) {
    for (status, count) in findings.sentences { sentences[status.rawValue].increment(by: count) }
    regions.increment(by: findings.regions)
  }

  /// Kafka acknowledged one outbound message.
  public func published() { reportsPublished.increment() }

  /// The surroundings failed, and it will be tried again.
  public func retried(_ what: Retry) { retries[what.rawValue].increment() }

  /// The database failed.
  public func ledgerFailed() { retried(.ledger) }

  /// Kafka took an outbound message not.
  public func publishFailed() { retried(.publish) }

  /// A broker failed.
  public func kafkaFailed() { retried(.kafka) }

  /// An image's server failed.
  public func fetchRetried() { retried(.fetch) }

  /// How far a partition is behind.
  ///
  /// - Parameters:
  ///   - messages: between the ledger's position and the partition's end.
  ///   - waiting: reports of it between reading and the ledger.
  public func lag(
    ofTopic topic: String, partition: Int32, messages: Int64, seconds: Double, waiting: Int
  ) {
    let partition = String(partition)
    lagMessages[topic, partition].set(Double(messages))
    lagSeconds[topic, partition].set(seconds)
    self.waiting[topic, partition].set(waiting)
  }

  /// A partition went elsewhere and is shown no more.
  public func released(topic: String, partition: Int32) {
    for family in [lagMessages, lagSeconds, waiting] { family.remove(topic, String(partition)) }
  }

  /// So many partitions are read here.
  public func reading(partitions count: Int) { partitions.set(count) }

  /// So many outbox rows wait.
  public func outbox(_ pending: Int) { outboxPending.set(pending) }

  /// Steps of work so far, for the watchdog: whatever ended, well or to be tried again.
  public var steps: UInt64 {
    let ends = messagesConsumed.value + reportsGrounded.value + reportsPublished.value
    let retried = Retry.allCases.reduce(0) { $0 + retries[$1.rawValue].value }
    let ran = stageDurations.reduce(0) { $0 + $1.total.count }
    return UInt64(ends + retried + ran)
  }
}
