internal import Glibc

/// The tables, as transactions leave them.
struct Ledger: Hashable {
  var epoch: UInt8 = 0
  var position: UInt8 = 0
  var results = Rows.none
  var resultsTwice = Rows.none
  var outbox = Rows.none
  /// Before this outbound offset stands nothing that is still in the outbox.
  var progress: UInt8 = 0

  mutating func write(_ row: UInt8) {
    resultsTwice += results & Rows(row)
    results += Rows(row)
    outbox += Rows(row)
  }
}

/// Rows that clients wrote to a socket and that no reader of the topic can see yet, by the epoch of the
/// sender: a message outlives the daemon that sent it.
struct Network: Hashable {
  private var first = Rows.none
  private var second = Rows.none
  private var third = Rows.none

  subscript(epoch: UInt8) -> Rows {
    get {
      switch epoch {
      case 1: first
      case 2: second
      default: third
      }
    }
    set {
      switch epoch {
      case 1: first = newValue
      case 2: second = newValue
      default: third = newValue
      }
    }
  }
}

/// Everything there is: the ledger, the outbound topic, the network and two daemons.
struct ModelState: Hashable {
  var ledger = Ledger()
  var topic = OutboundTopic()
  var network = Network()
  /// The two are alike, so the one with the higher epoch comes first; who is down comes last.
  var newer = Owner()
  var older = Owner()

  enum Place { case newer, older }

  subscript(place: Place) -> Owner {
    get { place == .newer ? newer : older }
    set { if place == .newer { newer = newValue } else { older = newValue } }
  }

  mutating func sortOwners() {
    if newer.epoch < older.epoch { swap(&newer, &older) }
  }
}

extension ModelState {
  // All it is made of are bytes, with no gap between them: to compare and hash them one by one takes twice
  // the time of everything else.

  static func == (left: ModelState, right: ModelState) -> Bool {
    withUnsafeBytes(of: left) { left in
      withUnsafeBytes(of: right) { right in
        memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0
      }
    }
  }

  func hash(into hasher: inout Hasher) {
    withUnsafeBytes(of: self) { hasher.combine(bytes: $0) }
  }
}
