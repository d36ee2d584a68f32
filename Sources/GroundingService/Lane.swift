internal import KafkaClient

/// The window of one partition: reports that were read and are not yet in the ledger, in order.
///
/// Work on them finishes in any order; only the finished ones at the front may be committed, so that
/// the position in the ledger never passes a report without a result. A value without a clock or a
/// server: it decides, the pipeline acts.
struct Lane {
  let tenure: Tenure
  /// The next offset that the ledger expects of this partition: what it compares on commit.
  private(set) var committed: Int64
  /// Bytes of all messages in the window.
  private(set) var bytes = 0
  private var slots: [Slot] = []
  private var first = 0
  /// Entries at the front that were handed out and are not yet confirmed.
  private var handedOut = 0

  private struct Slot: OffsetSlot {
    let offset: Int64
    let bytes: Int
    let timestamp: Int64?
    var entry: LedgerEntry?
  }

  init(tenure: Tenure, at offset: Int64) {
    self.tenure = tenure
    committed = offset
  }

  /// True while something at the front is finished and not yet in the ledger.
  var hasFinishedFront: Bool { first < slots.count && slots[first].entry != nil }

  /// Reports in the window.
  var count: Int { slots.count - first }

  /// The next offset that this lane would accept.
  var expected: Int64 { slots.last.map { $0.offset + 1 } ?? committed }

  /// Takes a message into the window. False when it lies before what is expected: a repetition.
  mutating func accept(offset: Int64, bytes size: Int, timestamp: Int64?) -> Bool {
    guard offset >= expected else { return false }
    slots.append(Slot(offset: offset, bytes: size, timestamp: timestamp))
    bytes += size
    return true
  }

  /// Notes the result of a report. False when it is no longer in the window.
  mutating func finish(_ entry: LedgerEntry, at offset: Int64) -> Bool {
    guard let index = slots.index(of: offset, from: first), slots[index].entry == nil else {
      return false
    }
    slots[index].entry = entry
    return true
  }

  /// The finished reports at the front, at most `limit` of them and of about that many bytes, and the
  /// position after them; nil when there is none or the last ones handed out are not yet confirmed.
  mutating func takeFinished(
    limit: Int, bytesMax: Int = .max
  ) -> (advance: LedgerBatch.Advance, entries: [LedgerEntry])? {
    guard handedOut == 0 else { return nil }
    var entries: [LedgerEntry] = []
    var bytes = 0
    for slot in slots[first...].prefix(limit) where bytes < bytesMax {
      guard let entry = slot.entry else { break }
      entries.append(entry)
      bytes += slot.bytes
    }
    guard !entries.isEmpty else { return nil }
    handedOut = entries.count
    let next = slots[first + handedOut - 1].offset + 1
    return (LedgerBatch.Advance(tenure: tenure, from: committed, next: next), entries)
  }

  /// Forgets what was handed out, as it is in the ledger now.
  mutating func confirm() {
    precondition(handedOut > 0, "nothing of \(tenure.partition) was handed out")
    for index in first..<first + handedOut {
      bytes -= slots[index].bytes
      slots[index].entry = nil
    }
    committed = slots[first + handedOut - 1].offset + 1
    first += handedOut
    handedOut = 0
    if first > 1_024 && first > slots.count / 2 {
      slots.removeFirst(first)
      first = 0
    }
  }

  /// Takes back what was handed out: it did not reach the ledger.
  mutating func takeBack() { handedOut = 0 }

  /// Milliseconds since 1970 at which the report that has waited longest was written to Kafka.
  var oldestTimestamp: Int64? { first < slots.count ? slots[first].timestamp : nil }
}
