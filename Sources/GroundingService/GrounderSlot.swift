internal import Synchronization

/// Who grounds at present.
///
/// Whoever makes a report looks here once, so that one grounder makes all of it, and its row names that
/// one.
final class GrounderSlot: Sendable {
  /// A grounder, and its row in the ledger.
  struct Holder: Sendable {
    let grounder: any ReportGrounder
    let row: Int32
  }

  private let holder: Mutex<Holder>

  init(_ grounder: any ReportGrounder, row: Int32) {
    holder = Mutex(Holder(grounder: grounder, row: row))
  }

  var current: Holder { holder.withLock { $0 } }

  /// Puts another in its place, and lets the one before hand back what it has not begun.
  func change(to grounder: any ReportGrounder, row: Int32) {
    let before = holder.withLock { present in
      defer { present = Holder(grounder: grounder, row: row) }
      return present
    }
    before.grounder.retire()
  }
}
