import FoundationEssentials
import KafkaClient
import Testing

@testable import GroundingService

@Suite struct `An outbox stream` {
  private var stream = OutboxStream(
    tenure: Tenure(
      partition: TopicPartition(topic: "in", partition: 0), row: 1, epoch: 1, nextOffset: 0))
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

  @Test mutating func `lets nothing overtake a row that failed`() {
    fill(4)
    #expect(send(3) == [0, 1, 2])
    stream.refused(1)
    #expect(stream.next() == nil)
    stream.delivered(0, to: out, at: 1)
    stream.refused(2)
    #expect(send(4) == [1, 2, 3])
  }

  @Test mutating func `sends what was under way again after an interruption, less what is out`() {
    fill(4)
    #expect(send(3) == [0, 1, 2])
    stream.interrupt()
    stream.skip([1: (out, 9)])
    #expect(send(4) == [0, 2, 3])
    let taken = stream.takeAcknowledged()
    #expect(taken.offsets == [1])
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

  private mutating func fill(_ count: Int64) {
    for offset in 0..<count { stream.append(Samples.rejected(offset).outbox) }
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
