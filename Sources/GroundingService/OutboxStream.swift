internal import FoundationEssentials
internal import KafkaClient

/// The publication of one partition's outbox rows: which wait, which are under way, which are out.
///
/// Rows go out in the order of their source offsets, and two rows with the same key are never under way
/// together, so that a failure cannot turn their order. A value without a broker: it decides, the relay
/// acts.
///
/// ```
/// waiting ─sent─▶ under way ─▶ delivered ─▶ forgotten, once all before it are
///    ▲                │  └─ unknown ─(recovery reads the topic)─┐
///    └── not written ─┴─────────────── not there ───────────────┘
/// ```
struct OutboxStream {
  let tenure: Tenure
  /// Bytes of the rows that are not delivered.
  private(set) var bytes = 0
  /// Rows handed to librdkafka.
  private(set) var underWay = 0
  /// Rows that may be on the outbound topic, or may yet come there.
  private(set) var unknown = 0
  /// Source offsets that Kafka has and that are still in the ledger's outbox.
  private(set) var acknowledged: [Int64] = []
  /// By outbound partition: before this offset stands nothing that is still in the outbox.
  private(set) var reached: [TopicPartition: Int64] = [:]

  private var refused = 0
  private var slots: [Slot] = []
  /// The first row that is not forgotten, and the first that may be waiting.
  private var first = 0
  private var cursor = 0
  private var keysUnderWay: Set<[UInt8]> = []
  private var delivered = 0
  private var newest: Int64 = -1
  /// Rows up to here go out one at a time: Kafka refused a batch that they were in.
  private var separateUpTo: Int64 = -1
  /// The row that is being replaced.
  private var withheld: Int64?

  private enum State {
    case waiting, underWay, refused, unknown
    case delivered(TopicPartition, Int64)
    case gone
  }

  private struct Slot: OffsetSlot {
    let offset: Int64
    /// Nil once delivered.
    var row: OutboxRow?
    var state: State
  }

  /// From where on the outbound topics have to be read for what an earlier owner left; nil once that is
  /// done.
  private(set) var knownAtOpening: [TopicPartition: Int64]?
  let openedAt: ContinuousClock.Instant
  /// When the ledger was last asked whether the epoch is ours, and said yes.
  private var confirmedAt: ContinuousClock.Instant?

  /// - Parameters:
  ///   - rows: what an earlier owner left; whether it is out is not known.
  ///   - known: the ledger's outbound progress, read before the rows.
  ///   - time: not before the epoch was raised.
  init(
    tenure: Tenure, leftOver rows: [OutboxRow] = [], since known: [TopicPartition: Int64]? = nil,
    openedAt time: ContinuousClock.Instant = .now
  ) {
    self.tenure = tenure
    openedAt = time
    knownAtOpening = known
    for row in rows { append(row, as: .unknown) }
    unknown = slots.count
  }

  /// Rows that are not delivered.
  var backlog: Int { slots.count - first - delivered }

  /// Rows could go out.
  var isWaiting: Bool { backlog > underWay && unknown == 0 }

  func isConfirmed(within lease: Duration, at now: ContinuousClock.Instant) -> Bool {
    confirmedAt.map { now - $0 < lease } ?? false
  }

  /// The ledger was asked at that time, and the epoch was ours.
  mutating func confirm(at time: ContinuousClock.Instant) {
    confirmedAt = max(confirmedAt ?? time, time)
  }

  /// Nothing is with librdkafka, and the ledger has been told of everything.
  var isSettled: Bool { underWay == 0 && acknowledged.isEmpty }

  /// True when the outbound topic has to be read before anything more can be sent.
  var needsRecovery: Bool { unknown > 0 && underWay == 0 }

  /// The rows to look for on the outbound topic.
  var unknownRows: [OutboxRow] {
    slots[first...].compactMap { slot in
      if case .unknown = slot.state { return slot.row }
      return nil
    }
  }

  /// Adds a row behind the others; one that is here already is left out.
  mutating func append(_ row: OutboxRow) { append(row, as: .waiting) }

  private mutating func append(_ row: OutboxRow, as state: State) {
    guard row.offset > newest else { return }
    newest = row.offset
    compact()
    slots.append(Slot(offset: row.offset, row: row, state: state))
    bytes += row.bytes
  }

  /// The next row to send; nil when none may go.
  mutating func next() -> OutboxRow? {
    guard refused == 0, unknown == 0 else { return nil }
    while cursor < slots.count {
      if case .waiting = slots[cursor].state { break }
      cursor += 1
    }
    guard cursor < slots.count, let row = slots[cursor].row, row.offset != withheld else {
      return nil
    }
    return keysUnderWay.contains(row.key ?? []) ? nil : row
  }

  /// Notes that the next row was handed over.
  mutating func sent() {
    slots[cursor].state = .underWay
    keysUnderWay.insert(slots[cursor].row?.key ?? [])
    underWay += 1
    cursor += 1
  }

  /// Kafka has the row of that source offset, at that outbound offset.
  mutating func delivered(_ offset: Int64, to partition: TopicPartition, at outbound: Int64) {
    guard let index = land(offset) else { return }
    note(index, in: partition, at: outbound)
    requeueWhenQuiet()
  }

  /// The row was not written, and goes out again.
  mutating func refused(_ offset: Int64) {
    guard let index = land(offset) else { return }
    slots[index].state = .refused
    refused += 1
    requeueWhenQuiet()
  }

  /// A batch with that row in it was too large for Kafka: it and those before it go one at a time.
  mutating func separate(upTo offset: Int64) { separateUpTo = max(separateUpTo, offset) }

  /// True when the row may not be in one batch with others.
  func isSeparate(_ row: OutboxRow) -> Bool { row.offset <= separateUpTo }

  /// Keeps a waiting row from going out until `replace`; nil when it is not waiting.
  mutating func withhold(_ offset: Int64) -> OutboxRow? {
    guard let index = slots.index(of: offset, from: first), case .waiting = slots[index].state
    else { return nil }
    withheld = offset
    return slots[index].row
  }

  /// Lets the withheld row go out, or another one in its place.
  mutating func endWithholding(with row: OutboxRow? = nil) {
    withheld = nil
    guard let row, let index = slots.index(of: row.offset, from: first) else { return }
    bytes += row.bytes - (slots[index].row?.bytes ?? 0)
    slots[index].row = row
  }

  /// The withheld row is not in the outbox any more.
  mutating func endWithholding(forgetting offset: Int64) {
    withheld = nil
    guard let index = slots.index(of: offset, from: first), case .waiting = slots[index].state
    else { return }
    bytes -= slots[index].row?.bytes ?? 0
    slots[index].row = nil
    slots[index].state = .gone
    delivered += 1
    forget()
  }

  /// Nobody knows whether the row was written.
  mutating func lost(_ offset: Int64) {
    guard let index = land(offset) else { return }
    slots[index].state = .unknown
    unknown += 1
    requeueWhenQuiet()
  }

  /// The producer is gone: of what was under way nobody knows whether it was written.
  mutating func interrupt() {
    for slot in slots[first...] {
      if case .underWay = slot.state { lost(slot.offset) }
    }
  }

  /// What reading the outbound topic said of the unknown rows, by their message ids: those that are not
  /// there go out again.
  mutating func recovered(_ published: [UUID: KafkaPosition]) {
    knownAtOpening = nil
    for index in first..<slots.count {
      guard case .unknown = slots[index].state else { continue }
      unknown -= 1
      let place = slots[index].row.flatMap { published[$0.messageID] }
      if let place, let outbound = place.offset {
        note(index, in: place.partition, at: outbound)
      } else {
        slots[index].state = .waiting
      }
    }
    cursor = first
  }

  /// Hands out what the ledger may now forget.
  mutating func takeAcknowledged() -> (offsets: [Int64], reached: [TopicPartition: Int64]) {
    defer { acknowledged = [] }
    return (acknowledged, reached)
  }

  /// The ledger could not forget them yet.
  mutating func putBack(_ offsets: [Int64]) { acknowledged.insert(contentsOf: offsets, at: 0) }

  /// Takes the row of that offset from librdkafka's hands; nil when it was not there.
  private mutating func land(_ offset: Int64) -> Int? {
    guard let index = slots.index(of: offset, from: first), case .underWay = slots[index].state
    else { return nil }
    keysUnderWay.remove(slots[index].row?.key ?? [])
    underWay -= 1
    return index
  }

  private mutating func note(_ index: Int, in partition: TopicPartition, at outbound: Int64) {
    bytes -= slots[index].row?.bytes ?? 0
    acknowledged.append(slots[index].offset)
    slots[index].row = nil
    slots[index].state = .delivered(partition, outbound)
    delivered += 1
    forget()
  }

  /// Lets go of what is delivered at the front: only so far may a later recovery pass over.
  private mutating func forget() {
    loop: while first < slots.count {
      switch slots[first].state {
      case .delivered(let partition, let outbound):
        reached[partition] = max(reached[partition] ?? 0, outbound + 1)
      case .gone: break
      case .waiting, .underWay, .refused, .unknown: break loop
      }
      first += 1
      delivered -= 1
    }
    cursor = max(cursor, first)
  }

  private mutating func compact() {
    guard first > 1_024, first > slots.count / 2 else { return }
    slots.removeFirst(first)
    cursor -= first
    first = 0
  }

  private mutating func requeueWhenQuiet() {
    guard underWay == 0, refused > 0 else { return }
    for index in first..<slots.count {
      if case .refused = slots[index].state { slots[index].state = .waiting }
    }
    refused = 0
    cursor = first
  }
}
