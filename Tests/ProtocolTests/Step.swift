/// One thing that happens, for traces: `2 transmits row 0`.
struct Step: Hashable, CustomStringConvertible {
  let action: Action
  /// The daemon, named by its tenure.
  let epoch: UInt8
  var row: UInt8?

  enum Action: String, CaseIterable {
    case takesOver = "takes over"
    case readsProgress = "reads the progress"
    case readsRows = "reads the outbox"
    case readsEnds = "reads where the topic ends"
    case comparesEpoch = "compares the epoch for the ends"
    case notesEnds = "notes the ends"
    case opens = "opens without noting the ends"
    case commits = "commits"
    case completes = "completes the commit of"
    case hears = "hears of the commit of"
    case looks = "looks at the position and gives up"
    case looksAtLease = "finds that its lease lasts"
    case handsOver = "hands over"
    case scans = "reads the topic"
    case beginsToForget = "begins to forget what is delivered"
    case forgets = "forgets"
    case forgetsUnheard = "forgets, and the answer is lost"
    case failsToForget = "fails to forget"
    case transmits = "transmits"
    case dropsExpired = "drops, since it expired,"
    case learns = "learns what became of"
    case losesAnswer = "loses the answer for"
    case replacesClient = "replaces its client"
    case leaseEnds = "lets its lease run out"
    case crashes = "crashes"
    case appears = "has on the topic"
    case isLost = "has lost on the way"
  }

  var description: String { "\(epoch) \(action.rawValue)" + (row.map { " row \($0)" } ?? "") }
}
