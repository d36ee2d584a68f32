import FoundationEssentials
import KafkaClient
import Testing

@testable import GroundingService

@Suite struct `An outbox stream` {
  private var stream = OutboxStream(
    tenure: Tenure(partition: TopicPartition(topic: "in", partition: 0), epoch: 1, nextOffset: 0))
  private let out = TopicPartition(topic: "out", partition: 3)

  @Test mutating func `sends in order and forgets what Kafka has`() {
    fill(3)
    #expect(send() == 0)
    #expect(send() == 1)
    stream.delivered(1, to: out, at: 41)
    stream.delivered(0, to: out, at: 40)
    let taken = stream.takeAcknowledged()
    #expect(Set(taken.offsets) == [0, 1])
    #expect(taken.reached == [out: 42])
    #expect(stream.backlog == 1)
  }

  @Test mutating func `lets nothing overtake a row that failed`() {
    fill(4)
    for _ in 0..<3 { _ = send() }
    stream.refused(1)
    #expect(stream.next() == nil)
    stream.delivered(0, to: out, at: 1)
    stream.refused(2)
    #expect([send(), send(), send()] == [1, 2, 3])
  }

  @Test mutating func `sends what was under way again after an interruption, less what is out`() {
    fill(4)
    for _ in 0..<3 { _ = send() }
    stream.interrupt()
    stream.skip([1: (out, 9)])
    #expect([send(), send(), send(), send()] == [0, 2, 3, nil])
    #expect(stream.takeAcknowledged().offsets == [1])
  }

  @Test mutating func `keeps what the ledger could not forget`() {
    fill(1)
    _ = send()
    stream.delivered(0, to: out, at: 0)
    let taken = stream.takeAcknowledged()
    #expect(stream.isSettled)
    stream.putBack(taken.offsets)
    #expect(!stream.isSettled)
    #expect(stream.takeAcknowledged().offsets == [0])
  }

  private mutating func fill(_ count: Int64) {
    for offset in 0..<count { stream.append(Samples.rejected(offset).outbox) }
  }

  private mutating func send() -> Int64? {
    guard let row = stream.next() else { return nil }
    stream.sent()
    return row.offset
  }
}
