import KafkaClient
import Testing

@Suite(.timeLimit(.minutes(4))) struct `A message` {
  @Test func `comes back with its key, its bytes and its headers in order`() throws {
    let bench = try Bench(["in": 1])
    let headers = [
      KafkaHeader(name: "ce_id", value: Array("é1".utf8)),
      KafkaHeader(name: "twice", value: [0, 255, 10]), KafkaHeader(name: "twice", value: []),
      KafkaHeader(name: "none", value: nil),
    ]
    let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let sent = [
      OutboundMessage(topic: "in", key: [0, 1, 0], value: bytes, headers: headers),
      OutboundMessage(topic: "in", key: nil, value: nil),
      OutboundMessage(topic: "in", key: [], value: []),
    ]
    let producer = try bench.producer()
    for (ticket, message) in sent.enumerated() {
      try producer.send(message, ticket: UInt64(ticket))
    }
    #expect(producer.flush(timeout: Bench.patience))
    #expect(reports(3, of: producer).map(\.ticket) == [0, 1, 2])

    let consumer = try bench.consumer()
    try consumer.assignAll(partitions: 1)
    let read = consumer.messages(3)
    try #require(read.count == 3)
    #expect(read.map(\.offset) == [0, 1, 2])
    #expect(read.map(\.key) == sent.map(\.key))
    #expect(read.map(\.value) == sent.map(\.value))
    #expect(read.map(\.headers) == sent.map(\.headers))
    #expect(read.allSatisfy { ($0.timestamp ?? 0) > 1_500_000_000_000 })
    #expect(consumer.close(within: Bench.patience))
  }

  @Test func `is read from the offset that is asked for`() throws {
    let bench = try Bench(["in": 2])
    let positions = try bench.write(40).compactMap(\.position)
    try #require(positions.count == 40)
    let counts = [0, 1].map { number in
      positions.filter { $0.partition.partition == number }.count
    }
    try #require(counts.min() ?? 0 > 5)
    let consumer = try bench.consumer([("enable.partition.eof", "true")])
    try consumer.assign([
      TopicPartition(topic: "in", partition: 0): .at(3),
      TopicPartition(topic: "in", partition: 1): .end,
    ])
    var ends = 0
    let events = try #require(
      consumer.events {
        if case .reachedEnd = $0 { ends += 1 }
        return ends == 2
      })
    let read = events.compactMap { event -> KafkaMessage? in
      if case .message(let message) = event { message } else { nil }
    }
    #expect(read.map(\.offset) == Array(3..<Int64(counts[0])))
    #expect(read.allSatisfy { $0.partition.partition == 0 })
    let end = TopicPartition(topic: "in", partition: 1)
    #expect(events.contains(.reachedEnd(end, offset: Int64(counts[1]))))
  }
}
