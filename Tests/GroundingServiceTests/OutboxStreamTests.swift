import FoundationEssentials
import KafkaClient
import Testing

@testable import GroundingService

@Suite struct `An outbox stream` {
  private static let tenure = Tenure(
    partition: TopicPartition(topic: "in", partition: 0), row: 1, epoch: 1, nextOffset: 0)
  private var stream = OutboxStream(tenure: tenure)
  private let out = TopicPartition(topic: "out", partition: 3)

  @Test mutating func `sends in order and forgets what Kafka has`() {
    fill(3)
    #expect(send(2) == [0, 1])
    stream.delivered(1, to: out, at: 41)
    stream.delivered(0, to: out, at: 40)
    let taken = stream.takeAcknowledged()
    #expect(Set(taken.offsets) == [0, 1])
    #expect(taken.reached == [out: 42])
    #expect(stream.backlog == 1)
  }

  @Test mutating func `says it has come no further than the first row that is not out`() {
    fill(3)
    #expect(send(3) == [0, 1, 2])
    stream.delivered(1, to: out, at: 41)
    stream.lost(0)
    stream.delivered(2, to: out, at: 42)
    let taken = stream.takeAcknowledged()
    #expect(taken.offsets == [1, 2])
    #expect(taken.reached == [:])  // a recovery has to look for row 0 before them
    stream.recovered([
      Samples.outboxRow(0).messageID: KafkaPosition(partition: out, offset: 40)
    ])
    let rest = stream.takeAcknowledged()
    #expect(rest.offsets == [0])
    #expect(rest.reached == [out: 43])
    #expect(stream.backlog == 0 && stream.bytes == 0)
  }

  @Test mutating func `lets nothing overtake a row that was refused`() {
    fill(4)
    #expect(send(3) == [0, 1, 2])
    stream.refused(1)
    #expect(send(1) == [])
    stream.delivered(0, to: out, at: 1)
    stream.refused(2)
    #expect(send(4) == [1, 2, 3])
  }

  @Test mutating func `has one row of a key under way at a time`() {
    for (offset, key) in ["a", "a", "b"].enumerated() {
      stream.append(Samples.outboxRow(Int64(offset), key: key))
    }
    #expect(send(3) == [0])
    stream.refused(0)
    #expect(send(3) == [0])
    stream.delivered(0, to: out, at: 1)
    #expect(send(3) == [1, 2])
  }

  @Test mutating func `asks for recovery of what was under way when the producer went`() {
    fill(4)
    #expect(send(3) == [0, 1, 2])
    stream.delivered(0, to: out, at: 8)
    stream.interrupt()
    #expect(stream.needsRecovery && stream.underWay == 0)
    #expect(stream.unknownRows.map(\.offset) == [1, 2])
    #expect(send(1) == [])
    stream.recovered([
      Samples.outboxRow(1).messageID: KafkaPosition(partition: out, offset: 9)
    ])
    #expect(!stream.needsRecovery)
    #expect(send(4) == [2, 3])
    let taken = stream.takeAcknowledged()
    #expect(taken.offsets == [0, 1])
    #expect(taken.reached == [out: 10])
  }

  @Test func `asks for recovery of what an earlier owner left`() {
    let rows = (0..<3).map { Samples.outboxRow($0) }
    var stream = OutboxStream(tenure: Self.tenure, leftOver: rows)
    stream.append(rows[2])  // comes a second time
    stream.append(Samples.outboxRow(3))
    #expect(stream.needsRecovery && stream.backlog == 4)
    #expect(stream.next() == nil)
    stream.recovered([:])
    #expect(stream.next()?.offset == 0)
  }

  @Test mutating func `keeps what the ledger could not forget`() {
    fill(1)
    #expect(send(1) == [0])
    stream.delivered(0, to: out, at: 0)
    let taken = stream.takeAcknowledged()
    #expect(stream.isSettled)
    stream.putBack(taken.offsets)
    #expect(!stream.isSettled)
    let again = stream.takeAcknowledged()
    #expect(again.offsets == [0])
  }

  @Test mutating func `counts what it holds through thousands of rows`() {
    for offset in Int64(0)..<5_000 {
      stream.append(Samples.outboxRow(offset, key: "k\(offset)"))
      if offset % 3 == 0 {
        let sent = send(2)
        for one in sent.reversed() { stream.delivered(one, to: out, at: one) }
      }
    }
    var left = 5_000
    left -= stream.takeAcknowledged().offsets.count
    #expect(stream.backlog == left)
    let rest = send(5_000)
    #expect(rest == (Int64(5_000 - left)..<5_000).map { $0 })
    for one in rest { stream.delivered(one, to: out, at: one) }
    #expect(stream.backlog == 0 && stream.bytes == 0)
    let taken = stream.takeAcknowledged()
    #expect(taken.reached == [out: 5_000])
  }

  private mutating func fill(_ count: Int64) {
    for offset in 0..<count { stream.append(Samples.outboxRow(offset, key: "k\(offset)")) }
  }

  /// Sends what may go, at most that many rows, and gives their source offsets.
  private mutating func send(_ limit: Int) -> [Int64] {
    var offsets: [Int64] = []
    while offsets.count < limit, let row = stream.next() {
      stream.sent()
      offsets.append(row.offset)
    }
    return offsets
  }
}
