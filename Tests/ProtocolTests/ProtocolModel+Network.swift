/// The Kafka client of a daemon, the network and the broker.
extension ProtocolModel {
  func runClient(_ place: Place, _ state: ModelState, _ visit: Visit) {
    let owner = state[place]
    if let row = owner.queued.first {
      step(.transmits, place, row: row, state, visit) {
        $0[place].queued -= Rows(row)
        $0[place].sent += Rows(row)
        $0.network[owner.epoch] += Rows(row)
      }
      step(.dropsExpired, place, row: row, state, visit) {
        $0[place].queued -= Rows(row)
        $0[place].refused += Rows(row)
        requeueWhenQuiet(place, &$0)
      }
    }
    for row in 0..<messages where owner.sent.contains(row) {
      if !state.network[owner.epoch].contains(row) { learn(row, place, state, visit) }
      step(.losesAnswer, place, row: row, state, visit) {
        $0[place].sent -= Rows(row)
        if omits(.doubt) { $0[place].waiting += Rows(row) } else { $0[place].unknown += Rows(row) }
        requeueWhenQuiet(place, &$0)
      }
    }
    if !owner.underWay.isEmpty {
      step(.replacesClient, place, state, visit) {
        $0[place].unknown += owner.underWay
        $0[place].queued = .none
        $0[place].sent = .none
        requeueWhenQuiet(place, &$0)
      }
    }
  }

  /// The broker's answer arrives: the row is out, or it was not written.
  private func learn(_ row: UInt8, _ place: Place, _ state: ModelState, _ visit: Visit) {
    step(.learns, place, row: row, state, visit) {
      $0[place].sent -= Rows(row)
      if $0.topic.firstOffset(of: row) != nil {
        note(row, place, &$0)
      } else {
        $0[place].refused += Rows(row)
      }
      requeueWhenQuiet(place, &$0)
    }
  }

  /// What is in the network appears on the topic, in the order in which one client sent it, or never.
  func deliver(_ state: ModelState, _ visit: Visit) {
    guard state.ledger.epoch > 0 else { return }
    for epoch in 1...state.ledger.epoch {
      let rows = state.network[epoch]
      for row in 0..<messages where rows.contains(row) {
        var next = state
        next.network[epoch] -= Rows(row)
        visit(Step(action: .isLost, epoch: epoch, row: row), next)
        guard row == rows.first || omits(.orderOfTheClient) else { continue }
        next.topic.append(row)
        visit(Step(action: .appears, epoch: epoch, row: row), next)
      }
    }
  }
}
