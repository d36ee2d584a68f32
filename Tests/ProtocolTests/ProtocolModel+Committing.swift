/// The transaction that writes a result: `PostgresStore.commit`, `Pipeline+Committing`.
extension ProtocolModel {
  func commit(_ place: Place, _ state: ModelState, _ visit: Visit) {
    let owner = state[place]
    switch owner.commit {
    case .none where owner.position < messages: begin(place, state, visit)
    case .none: break
    case .half: complete(place, state, visit)
    case .unheard:
      step(.hears, place, row: owner.position, state, visit) { hear(place, &$0) }
      if !isOurs(place, state) {
        step(.looks, place, state, visit) { $0[place] = Owner() }
      }
    }
  }

  private func begin(_ place: Place, _ state: ModelState, _ visit: Visit) {
    let owner = state[place]
    let isOwner = owner.epoch == state.ledger.epoch || omits(.fenceOfCommits)
    guard isOwner, owner.position == state.ledger.position else {
      // Nothing was written: perhaps an earlier try was, whose answer was lost.
      if isOurs(place, state) {
        step(.hears, place, row: owner.position, state, visit) { hear(place, &$0) }
      } else {
        step(.looks, place, state, visit) { $0[place] = Owner() }
      }
      return
    }
    step(.commits, place, row: owner.position, state, visit) {
      if !omits(.oneTransactionPositionFirst) { $0.ledger.write(owner.position) }
      if !omits(.oneTransactionResultsFirst) { $0.ledger.position += 1 }
      let isWhole = !omits(.oneTransactionPositionFirst) && !omits(.oneTransactionResultsFirst)
      $0[place].commit = isWhole ? .unheard : .half
    }
  }

  /// The second of two transactions, where one would be right.
  private func complete(_ place: Place, _ state: ModelState, _ visit: Visit) {
    let owner = state[place]
    guard owner.epoch == state.ledger.epoch else {
      step(.looks, place, state, visit) { $0[place] = Owner() }
      return
    }
    step(.completes, place, row: owner.position, state, visit) {
      if omits(.oneTransactionPositionFirst) { $0.ledger.write(owner.position) }
      if omits(.oneTransactionResultsFirst) { $0.ledger.position += 1 }
      $0[place].commit = .unheard
    }
  }

  /// What the ledger says to whom the answer of a commit did not reach.
  private func isOurs(_ place: Place, _ state: ModelState) -> Bool {
    state[place].epoch == state.ledger.epoch
      && state[place].position + 1 == state.ledger.position
  }

  private func hear(_ place: Place, _ state: inout ModelState) {
    state[place].waiting += Rows(state[place].position)
    state[place].position += 1
    state[place].commit = .none
  }
}
