/// The way of rows from the outbox to the topic, and out of the outbox: `OutboxRelay`, `OutboxStream`.
extension ProtocolModel {
  func handOver(_ place: Place, _ state: ModelState, _ visit: Visit) {
    let owner = state[place]
    guard owner.unknown.isEmpty, owner.refused.isEmpty, let row = owner.waiting.first,
      omits(.oneRowOfAKey) || !isKeyUnderWay(row, owner)
    else { return }
    if omits(.oneStepFromLease), !owner.isAboutTo {
      guard owner.isLeased else { return }
      return step(.looksAtLease, place, state, visit) { $0[place].isAboutTo = true }
    }
    guard owner.isLeased || owner.isAboutTo || omits(.lease) else { return }
    step(.handsOver, place, row: row, state, visit) {
      $0[place].isAboutTo = false
      $0[place].waiting -= Rows(row)
      $0[place].queued += Rows(row)
      if omits(.waitingForAnswers) { $0.ledger.outbox -= Rows(row) }
    }
  }

  private func isKeyUnderWay(_ row: UInt8, _ owner: Owner) -> Bool {
    for other in 0..<messages where owner.underWay.contains(other) {
      if Self.keys[Int(other)] == Self.keys[Int(row)] { return true }
    }
    return false
  }

  /// Reads the topic for the rows of which nobody knows; what is not there goes out again.
  func scan(_ place: Place, _ state: ModelState, _ visit: Visit) {
    let owner = state[place]
    guard !owner.unknown.isEmpty, owner.underWay.isEmpty, isSettled(place, state) else { return }
    step(.scans, place, state, visit) {
      let start = owner.since == Owner.asNoted ? $0.ledger.progress : owner.since
      let read = $0.topic.rows(from: start)
      let found = omits(.scan) ? .none : owner.unknown & read
      $0[place].since = Owner.asNoted
      $0[place].unknown = .none
      $0[place].waiting += owner.unknown - found
      for row in 0..<messages where found.contains(row) { note(row, place, &$0) }
    }
  }

  /// Nothing that this daemon or one before it sent can reach the topic any more: leases ran out, then the
  /// last messages that clients held, then what was on its way.
  private func isSettled(_ place: Place, _ state: ModelState) -> Bool {
    let owner = state[place]
    let other = state[place == .newer ? .older : .newer]
    if other.phase != .down, other.epoch < owner.epoch, !omits(.settlingOfClients) {
      guard other.queued.isEmpty, !other.isLeased || omits(.lease) else { return false }
    }
    if omits(.settlingOfNetwork) { return true }
    for epoch in 1...owner.epoch where !state.network[epoch].isEmpty { return false }
    return true
  }

  /// Takes what is delivered out of the outbox. The transaction compares the epoch first and writes later:
  /// another may take over in between.
  func forget(_ place: Place, _ state: ModelState, _ visit: Visit) {
    let owner = state[place]
    guard owner.leaving.isEmpty else { return endForgetting(place, state, visit) }
    guard !owner.delivered.isEmpty else { return }
    let isOwner = owner.epoch == state.ledger.epoch || omits(.fenceOfAcknowledgements)
    step(.beginsToForget, place, state, visit) {
      guard isOwner else {
        $0[place] = Owner()
        return
      }
      $0[place].leaving = owner.delivered
      $0[place].leavingReached = owner.reached
      $0[place].delivered = .none
    }
  }

  private func endForgetting(_ place: Place, _ state: ModelState, _ visit: Visit) {
    let rows = state[place].leaving
    for action in [Step.Action.forgets, .forgetsUnheard, .failsToForget] {
      step(action, place, state, visit) {
        if action != .failsToForget {
          $0.ledger.outbox -= rows
          $0.ledger.progress = max($0.ledger.progress, $0[place].leavingReached)
        }
        if action == .forgets { $0[place].forgotten += rows } else { $0[place].delivered += rows }
        $0[place].leaving = .none
        $0[place].leavingReached = 0
      }
    }
  }

  /// What was refused goes out again once nothing is under way that could overtake it.
  func requeueWhenQuiet(_ place: Place, _ state: inout ModelState) {
    guard state[place].underWay.isEmpty, !omits(.sendingAgain) else { return }
    state[place].waiting += state[place].refused
    state[place].refused = .none
  }

  /// The row is out: notes how far everything before is.
  func note(_ row: UInt8, _ place: Place, _ state: inout ModelState) {
    state[place].delivered += Rows(row)
    let owner = state[place]
    let gone = owner.delivered + owner.leaving + owner.forgotten
    let end = omits(.prefixOfProgress) ? messages : owner.undelivered.first ?? messages
    for row in 0..<end where gone.contains(row) {
      guard let offset = state.topic.firstOffset(of: row) else { continue }
      state[place].reached = max(state[place].reached, offset + 1)
    }
  }
}
