import Testing

@testable import KafkaClient

@Suite(.timeLimit(.minutes(4))) struct `A producer` {
  @Test func `reports every message with its offset, in order on each partition`() throws {
    let bench = try Bench(["in": 3])
    let reports = try bench.write(500)
    #expect(Set(reports.map(\.ticket)) == Set(0..<500))
    let positions = reports.compactMap(\.position)
    try #require(positions.count == 500)
    for partition in Set(positions.map(\.partition)) {
      let offsets = positions.filter { $0.partition == partition }.map(\.offset)
      #expect(offsets == (0..<Int64(offsets.count)).map { $0 })
    }
    #expect(Set(positions.map(\.partition)).count == 3)
  }

  @Test func `sends one key to one partition, the one that Java's clients pick`() throws {
    let bench = try Bench(["in": 3])
    let reports = try bench.write(30) { "key-\($0 % 5)" }
    let places = Dictionary(grouping: reports) { $0.ticket % 5 }
      .mapValues { Set($0.compactMap { $0.position?.partition.partition }) }
    #expect(places.count == 5 && places.values.allSatisfy { $0.count == 1 })
  }

  @Test func `tries again after errors, without writing twice`() throws {
    let bench = try Bench(["in": 1])
    // 7 timed out, 19 too few replicas, −195 the connection is cut
    bench.brokers.injectErrors(request: 0, codes: [7, -195, 19])
    let producer = try bench.producer([("retry.backoff.ms", "20")])
    for number in 0..<200 {
      let value = Array("\(number)".utf8)
      try producer.send(
        OutboundMessage(topic: "in", key: nil, value: value), ticket: UInt64(number))
    }
    let reports = reports(200, of: producer)
    #expect(reports.compactMap(\.error) == [])
    #expect(reports.map(\.ticket) == Array(0..<200))
    let consumer = try bench.consumer()
    try consumer.assignAll(partitions: 1)
    let values = consumer.messages(200).compactMap(\.value).map {
      String(decoding: $0, as: UTF8.self)
    }
    #expect(values == (0..<200).map(String.init))
    #expect(consumer.poll(timeout: .milliseconds(300)) == nil)
  }

  @Test func `waits for brokers that went away`() throws {
    let bench = try Bench(["in": 1])
    let producer = try bench.producer()
    let consumer = try bench.consumer()
    try consumer.assignAll(partitions: 1)
    let message = OutboundMessage(topic: "in", key: nil, value: [1])
    try producer.send(message, ticket: 1)
    #expect(reports(1, of: producer).first?.position?.offset == 0)
    try bench.brokers.stopBroker(nil)
    try producer.send(message, ticket: 2)
    #expect(!producer.flush(timeout: .milliseconds(300)))
    #expect(producer.outstanding == 1)
    try bench.brokers.startBroker(nil)
    #expect(reports(1, of: producer).first?.position?.offset == 1)
    #expect(consumer.messages(2).map(\.offset) == [0, 1])
  }

  @Test func `says that its queue is full, and gives up what it is told to`() throws {
    let bench = try Bench(["in": 1])
    try bench.brokers.stopBroker(nil)
    let producer = try bench.producer([("queue.buffering.max.messages", "5")])
    let message = OutboundMessage(topic: "in", key: nil, value: [1])
    for ticket in 0..<5 { try producer.send(message, ticket: UInt64(ticket)) }
    #expect(throws: KafkaError.queueFull) { try producer.send(message, ticket: 5) }
    producer.purge()
    let reports = reports(5, of: producer)
    #expect(reports.map(\.error) == [KafkaError?](repeating: .purged, count: 5))
    try producer.send(message, ticket: 6)
    #expect(producer.close(within: Bench.patience))
    #expect(throws: KafkaError.closed) { try producer.send(message, ticket: 7) }
    #expect(producer.fatalError == .closed)
  }

  @Test func `refuses a message that is too large`() throws {
    let bench = try Bench(["in": 1])
    let producer = try bench.producer([("message.max.bytes", "2000")])
    let large = OutboundMessage(
      topic: "in", key: nil, value: [UInt8](repeating: 1, count: 3_000),
      headers: [KafkaHeader(name: "a", value: [1])])
    #expect(throws: KafkaError.messageTooLarge(topic: "in")) {
      try producer.send(large, ticket: 1)
    }
  }

  @Test func `names a topic that does not exist`() throws {
    let bench = try Bench(["in": 1])
    bench.brokers.failTopic("gone", with: 3)
    let producer = try bench.producer([("topic.metadata.propagation.max.ms", "100")])
    let message = OutboundMessage(topic: "gone", key: nil, value: [1])
    try producer.send(message, ticket: 1)
    #expect(reports(1, of: producer).first?.error == .unknownTopic("gone"))
  }

  @Test func `gives at most as many reports as asked, and the others later`() throws {
    let bench = try Bench(["in": 1])
    let producer = try bench.producer()
    for ticket in 0..<10 {
      try producer.send(
        OutboundMessage(topic: "in", key: nil, value: [1]), ticket: UInt64(ticket))
    }
    #expect(producer.flush(timeout: Bench.patience))
    let some = producer.deliveries(timeout: .seconds(5), max: 3)
    let others = producer.deliveries(timeout: .seconds(5), max: 100)
    #expect((some + others).map(\.ticket) == Array(0..<10) && some.count == 3)
    #expect(producer.deliveries(timeout: .milliseconds(30), max: 5).isEmpty)
  }

  @Test func `tells when it has failed for good`() throws {
    let bench = try Bench(["in": 1])
    let producer = try bench.producer()
    #expect(producer.fatalError == nil)
    producer.failForGood()
    guard case .fatal(let name, _) = producer.fatalError else {
      Issue.record("no fatal error")
      return
    }
    #expect(name == "OUT_OF_ORDER_SEQUENCE_NUMBER")
    let message = OutboundMessage(topic: "in", key: nil, value: [1])
    let error = #expect(throws: KafkaError.self) { try producer.send(message, ticket: 1) }
    #expect(error == producer.fatalError)
  }
}
