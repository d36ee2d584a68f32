internal import Journal
internal import KafkaClient

/// The loop that hands rows to librdkafka and takes its answers.
extension OutboxRelay {
  func publish() async {
    while !isStopping {
      pump()
      if tickets.isEmpty {
        await rest()
      } else {
        take(producer.deliveries(timeout: .milliseconds(2), max: 1_000))
        noteSilence()
      }
      if let problem = producer.fatalError { replaceProducer(because: "\(problem)") }
      await Task.yield()
    }
  }

  /// Hands librdkafka what it takes, some rows of each partition in turn.
  private func pump() {
    for arrival in inbox.takeAll() where isCurrent(arrival.tenure) {
      streams[arrival.row.source]?.append(arrival.row)
      streams[arrival.row.source]?.confirm(at: arrival.confirmedAt)
    }
    wakeWaiters()  // a row counts for less where it has filled a stream of its own
    guard ContinuousClock.now >= quietUntil, !isStopping else { return }
    let partitions = streams.keys.filter { !isStuck($0) && !closing.contains($0) }
    guard !hasSeparate(partitions) else { return }
    var hasSent = true
    while hasSent {
      hasSent = false
      for partition in partitions {
        for _ in 0..<Self.rowsInTurn where !isStuck(partition) {
          guard tickets.count < limits.relayUnderWayMax else { return }
          guard let row = streams[partition]?.next(), hasLease(partition), send(row) else { break }
          hasSent = true
        }
      }
    }
  }

  private static let rowsInTurn = 64

  /// True while a row is to go alone, which is sent here as soon as nothing else is under way.
  private func hasSeparate(_ partitions: [TopicPartition]) -> Bool {
    guard tickets.values.first?.isAlone != true else { return true }
    for partition in partitions {
      guard let row = streams[partition]?.next(), streams[partition]?.isSeparate(row) == true,
        hasLease(partition)
      else { continue }
      if tickets.isEmpty { _ = send(row, isAlone: true) }
      return true
    }
    return false
  }

  private func isStuck(_ partition: TopicPartition) -> Bool {
    guard let end = stuckUntil[partition] else { return false }
    if ContinuousClock.now >= end { stuckUntil[partition] = nil }
    return stuckUntil[partition] != nil
  }

  /// False when the ledger has to be asked first whether the partition is still ours.
  private func hasLease(_ partition: TopicPartition) -> Bool {
    let isHeld = streams[partition]?.isConfirmed(within: limits.outboxLease, at: .now) == true
    if !isHeld { acknowledgements.ring() }
    return isHeld
  }

  /// False when the row cannot be sent at present.
  private func send(_ row: OutboxRow, isAlone: Bool = false) -> Bool {
    guard let epoch = streams[row.source]?.tenure.epoch else { return false }
    let begin = ContinuousClock.now
    do throws(KafkaError) {
      try producer.send(row.message, ticket: nextTicket)
    } catch {
      var isAlone = isAlone
      if case .messageTooLarge = error { isAlone = true }  // librdkafka looked at this row only
      hold(row.source, at: row.offset, isAlone: isAlone, because: error)
      return false
    }
    if tickets.isEmpty { lastAnswer = .now }
    streams[row.source]?.sent()
    tickets[nextTicket] = Ticket(
      partition: row.source, epoch: epoch, offset: row.offset, sentAt: .now, isAlone: isAlone)
    nextTicket += 1
    surroundings.reached(.handedOver)
    guard ContinuousClock.now - begin < limits.outboxLease / 2 else {
      // Frozen between the look at the lease and here: what has not left yet may not leave.
      replaceProducer(because: "the process stood still while it handed a row over")
      return false
    }
    return true
  }

  func take(_ reports: [DeliveryReport]) {
    for report in reports {
      guard let ticket = tickets.removeValue(forKey: report.ticket),
        streams[ticket.partition]?.tenure.epoch == ticket.epoch
      else { continue }
      switch report.outcome {
      case .written(let place):
        surroundings.reached(.delivered)
        guard let outbound = place.offset else {
          // Taken to be there because a later one is, not because a broker said so: is looked for.
          streams[ticket.partition]?.lost(ticket.offset)
          continue
        }
        streams[ticket.partition]?.delivered(ticket.offset, to: place.partition, at: outbound)
        metrics.published()
        metrics.observe(.publish, ContinuousClock.now - ticket.sentAt)
      case .notWritten(let problem):
        streams[ticket.partition]?.refused(ticket.offset)
        metrics.publishFailed()
        hold(ticket.partition, at: ticket.offset, isAlone: ticket.isAlone, because: problem)
      case .unknown(let problem):
        streams[ticket.partition]?.lost(ticket.offset)
        metrics.publishFailed()
        log.error(
          "outbox: nobody knows whether a row was written: \(problem)",
          ["partition": "\(ticket.partition)"])
      }
    }
    guard !reports.isEmpty else { return }
    lastAnswer = .now
    acknowledgements.ring()
    doubts.ring()
    wakeWaiters()
  }

  /// Leaves one partition alone for a while; the others go on.
  /// - Parameters:
  ///   - offset: of the row that was not taken.
  ///   - isAlone: it is known that it was for this row's sake.
  private func hold(
    _ partition: TopicPartition, at offset: Int64, isAlone: Bool, because problem: KafkaError
  ) {
    switch problem {
    case .queueFull, .purged, .fatal, .closed: return  // passes, or is seen to by a new producer
    case .messageTooLarge:
      streams[partition]?.separate(upTo: offset)
      stuckUntil[partition] = .now + (isAlone ? limits.retryLongest : limits.retryFirst * 2)
      if isAlone { refusedAlone(offset, of: partition) }
    default:
      // While a row goes alone, all others wait.
      stuckUntil[partition] = .now + (isAlone ? limits.retryLongest : limits.retryFirst * 2)
    }
    log.error("outbox: \(problem)", ["partition": "\(partition)"])
  }

  /// A broker that does not answer is tried again by librdkafka, which says nothing of it.
  private func noteSilence() {
    guard ContinuousClock.now - lastAnswer > .seconds(1) else { return }
    lastAnswer = .now
    metrics.publishFailed()
  }

  /// Nothing is under way: waits for rows, or for the time of the next try.
  private func rest() async {
    let isHeld = streams.values.contains { $0.backlog > 0 && $0.unknown == 0 }
    if isHeld {
      try? await surroundings.wait(limits.retryFirst)  // cancelled: the loop goes on
    } else if !isStopping {
      await arrivals.wait()
    }
  }
}
