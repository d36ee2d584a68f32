import FoundationEssentials
import KafkaClient
import Testing

@testable import GroundingService

@Suite struct `A lane` {
  private var lane = Lane(
    tenure: Tenure(
      partition: TopicPartition(topic: "in", partition: 0), row: 1, epoch: 7, nextOffset: 10),
    at: 10)

  @Test mutating func `hands out only what is finished at its front, in order`() {
    for offset in [10, 11, 14, 15] { take(Int64(offset)) }
    finish(11)
    finish(15)
    #expect(ready(9) == nil)
    finish(10)
    let ready = lane.takeFinished(limit: 9)
    #expect(ready?.entries.map(\.offset) == [10, 11])
    #expect(ready?.advance.from == 10)
    #expect(ready?.advance.next == 12)
  }

  @Test mutating func `hands out nothing more until the last is confirmed or taken back`() {
    take(10)
    take(11)
    finish(10)
    #expect(ready(1) == [10])
    finish(11)
    #expect(ready(1) == nil)
    lane.takeBack()
    #expect(ready(1) == [10])
    lane.confirm()
    #expect(lane.committed == 11)
    let next = lane.takeFinished(limit: 1)
    #expect(next?.advance.from == 11)
  }

  @Test mutating func `hands out no more bytes than asked for, and at least one report`() {
    for offset in 10..<14 {
      take(Int64(offset))
      finish(Int64(offset))
    }
    let ready = lane.takeFinished(limit: 9, bytesMax: 101)
    #expect(ready?.entries.map(\.offset) == [10, 11])
    lane.takeBack()
    let one = lane.takeFinished(limit: 9, bytesMax: 1)
    #expect(one?.entries.map(\.offset) == [10])
  }

  @Test mutating func `lets go of a report that is in the ledger`() {
    take(10)
    weak var entry: LedgerEntry?
    do {
      let made = Self.entry(10)
      entry = made
      let isNoted = lane.finish(made, at: 10)
      #expect(isNoted)
    }
    #expect(entry != nil)
    _ = lane.takeFinished(limit: 1)
    lane.confirm()
    #expect(entry == nil)
  }

  @Test mutating func `passes over offsets that the topic does not have`() {
    take(12)
    finish(12)
    let ready = lane.takeFinished(limit: 9)
    #expect(ready?.advance.from == 10)
    #expect(ready?.advance.next == 13)
  }

  @Test mutating func `refuses a message that comes again`() {
    take(10)
    for offset in [Int64(10), 9] {
      let isTaken = lane.accept(offset: offset, bytes: 1, timestamp: nil)
      #expect(!isTaken)
    }
    #expect(lane.count == 1)
  }

  @Test mutating func `notes each result once`() {
    take(10)
    let noted = [10, 10, 11].map { lane.finish(Self.entry($0), at: $0) }
    #expect(noted == [true, false, false])
  }

  @Test mutating func `counts what it holds through thousands of reports`() {
    for offset in Int64(10)..<5_010 {
      take(offset)
      finish(offset)
      if offset % 7 == 0 {
        _ = lane.takeFinished(limit: 100)
        lane.confirm()
      }
    }
    let rest = Int(5_009 - lane.committed + 1)
    #expect(lane.count == rest)
    #expect(lane.bytes == rest * 100)
    #expect(lane.expected == 5_010)
  }

  private mutating func take(_ offset: Int64) {
    let isTaken = lane.accept(offset: offset, bytes: 100, timestamp: 1_000)
    #expect(isTaken)
  }

  private mutating func finish(_ offset: Int64) {
    let isNoted = lane.finish(Self.entry(offset), at: offset)
    #expect(isNoted)
  }

  /// The offsets that are handed out.
  private mutating func ready(_ limit: Int) -> [Int64]? {
    lane.takeFinished(limit: limit)?.entries.map(\.offset)
  }

  private static func entry(_ offset: Int64) -> LedgerEntry { Samples.rejected(offset) }
}
