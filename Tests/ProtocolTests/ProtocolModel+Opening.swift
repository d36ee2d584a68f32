/// Being given a partition: `Intake.open`, `OutboxRelay.open`.
extension ProtocolModel {
  func takeOver(_ place: Place, _ state: ModelState, _ visit: Visit) {
    // Two that are down are alike: one of them is enough.
    guard state.ledger.epoch < tenures, place == .older || state.older.phase != .down else {
      return
    }
    var next = state
    next.ledger.epoch += 1
    next[place] = Owner()
    next[place].epoch = next.ledger.epoch
    next[place].phase = .tookOver
    next[place].position = next.ledger.position
    next[place].isLeased = true
    next.sortOwners()
    visit(Step(action: .takesOver, epoch: next.ledger.epoch), next)
  }

  func open(_ place: Place, _ state: ModelState, _ visit: Visit) {
    switch state[place].phase {
    case .tookOver:
      if omits(.progressBeforeRows) {
        readRows(place, state, then: .readRows, visit)
      } else {
        readProgress(place, state, then: .readProgress, visit)
      }
    case .readProgress: readRows(place, state, then: nil, visit)
    case .readRows: readProgress(place, state, then: nil, visit)
    case .empty:
      step(.opens, place, state, visit) { $0[place].phase = .open }
      step(.readsEnds, place, state, visit) {
        $0[place].phase = .readEnds
        $0[place].ends = $0.topic.end
      }
    case .readEnds: compareEpoch(place, state, visit)
    case .comparedEpoch:
      step(.notesEnds, place, state, visit) {
        let ends = omits(.endsBeforeFence) ? $0.topic.end : $0[place].ends
        $0.ledger.progress = max($0.ledger.progress, ends)
        $0[place].phase = .open
        $0[place].ends = 0
      }
    case .down, .open: break
    }
  }

  private func readProgress(
    _ place: Place, _ state: ModelState, then phase: Owner.Phase?, _ visit: Visit
  ) {
    step(.readsProgress, place, state, visit) {
      $0[place].since = $0.ledger.progress
      $0[place].phase = phase ?? ($0[place].unknown.isEmpty ? .empty : .open)
    }
  }

  /// Rows that a successor has written meanwhile are none of ours.
  private func readRows(
    _ place: Place, _ state: ModelState, then phase: Owner.Phase?, _ visit: Visit
  ) {
    let isOwner = state[place].epoch == state.ledger.epoch || omits(.fenceOfOpening)
    step(.readsRows, place, state, visit) {
      guard isOwner else {
        $0[place] = Owner()
        return
      }
      $0[place].unknown = $0.ledger.outbox
      $0[place].phase = phase ?? ($0.ledger.outbox.isEmpty ? .empty : .open)
    }
  }

  /// The transaction that notes the ends compares first and writes later: another may take over in between.
  private func compareEpoch(_ place: Place, _ state: ModelState, _ visit: Visit) {
    let isOwner = state[place].epoch == state.ledger.epoch || omits(.fenceOfAcknowledgements)
    step(.comparesEpoch, place, state, visit) {
      $0[place].phase = isOwner ? .comparedEpoch : .open
      if !isOwner { $0[place].ends = 0 }
    }
  }
}
