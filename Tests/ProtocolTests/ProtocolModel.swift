/// The protocol between two daemons, the ledger and Kafka, for one partition: which states may follow one.
///
/// It leaves out what cannot matter: how a report is grounded, other partitions, payloads. Every step of a
/// daemon may come at any time, however late, so that a freeze, or a rebalance that nobody has heard of,
/// needs no step of its own. Crashes, lost answers and refusals are as many as one likes; only takeovers are
/// counted.
///
/// What it takes for granted, since no step can show it:
/// - Who reads the topic for what others sent waits, from the time it raised the epoch, longer than all
///   of a lease, the life of a message in a client (`message.timeout.ms`), and its way through the
///   network and the replicas, until readers see it. In the model that is `isSettled`.
/// - Looking at the lease and handing a row over is one step: no freeze falls between the two.
/// - One client writes to the topic in the order in which it was handed rows (`enable.idempotence`).
struct ProtocolModel {
  /// Row r has key `keys[r]`; they are committed and sent in this order.
  static let keys: [UInt8] = [0, 1, 0]

  let messages: UInt8
  let tenures: UInt8
  let omission: Omission?

  init(_ bounds: Bounds, without omission: Omission? = nil) {
    messages = bounds.messages
    tenures = bounds.tenures
    self.omission = omission
  }

  typealias Place = ModelState.Place
  typealias Visit = (Step, ModelState) -> Void

  func omits(_ part: Omission) -> Bool { omission == part }

  /// Calls `visit` for every step that may come next, and with what comes of it.
  func steps(from state: ModelState, _ visit: Visit) {
    deliver(state, visit)
    work(.newer, state, visit)
    work(.older, state, visit)
  }

  private func work(_ place: Place, _ state: ModelState, _ visit: Visit) {
    switch state[place].phase {
    case .down: takeOver(place, state, visit)
    case .open:
      commit(place, state, visit)
      handOver(place, state, visit)
      scan(place, state, visit)
      forget(place, state, visit)
      runClient(place, state, visit)
    default: open(place, state, visit)
    }
    fail(place, state, visit)
  }

  /// The end of leases, and of daemons. The last owner stays: what it owes has to become possible.
  private func fail(_ place: Place, _ state: ModelState, _ visit: Visit) {
    let owner = state[place]
    guard owner.phase != .down else { return }
    let isSucceeded = owner.epoch < state.ledger.epoch
    if isSucceeded && owner.isLeased {
      // One that owns the partition confirms its epoch in time, or sends nothing until it has.
      step(.leaseEnds, place, state, visit) { $0[place].isLeased = false }
    }
    if isSucceeded || state.ledger.epoch < tenures {
      step(.crashes, place, state, visit) { $0[place] = Owner() }
    }
  }

  /// Visits what comes of a change.
  func step(
    _ action: Step.Action, _ place: Place, row: UInt8? = nil, _ state: ModelState,
    _ visit: Visit, change: (inout ModelState) -> Void
  ) {
    var next = state
    change(&next)
    next.sortOwners()
    visit(Step(action: action, epoch: state[place].epoch, row: row), next)
  }

  /// What must never be.
  func violation(in state: ModelState) -> Violation? {
    let ledger = state.ledger
    if state.topic.hasDouble { return .outTwice }
    if !ledger.resultsTwice.isEmpty { return .writtenTwice }
    let out = state.topic.rows(from: 0)
    if !(ledger.results - ledger.outbox - out).isEmpty { return .lost }
    let isHalf = state.newer.commit == .half || state.older.commit == .half
    if !isHalf, !(Rows.before(ledger.position) - ledger.results).isEmpty { return .lost }
    for row in 0..<messages where out.contains(row) {
      for earlier in 0..<row where Self.keys[Int(earlier)] == Self.keys[Int(row)] {
        guard let first = state.topic.firstOffset(of: earlier),
          let second = state.topic.firstOffset(of: row), first < second
        else { return .outOfOrder }
      }
    }
    return nil
  }

  /// Everything is written, out and forgotten.
  func isDone(_ state: ModelState) -> Bool {
    state.ledger.position == messages && state.ledger.outbox.isEmpty
      && state.topic.end == messages
  }
}
