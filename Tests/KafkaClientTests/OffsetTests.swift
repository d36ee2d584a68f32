import KafkaClient
import Testing

@Suite(.timeLimit(.minutes(4))) struct `Offsets` {
  let first = TopicPartition(topic: "in", partition: 0)

  @Test func `outside the topic surface and are never reset`() throws {
    let bench = try Bench(["in": 1])
    _ = try bench.write(3)
    let consumer = try bench.consumer()
    try consumer.assign([first: .at(1_000)])
    let problem = consumer.problem()
    #expect(problem == .offsetOutOfRange(first, offset: 1_000))
    #expect(problem.map { "\($0)".contains("in/0") } == true)
    #expect(consumer.poll(timeout: .milliseconds(300)) == nil)
    try consumer.assign([first: .at(2)])  // goes on where its owner decides
    #expect(consumer.messages(1).map(\.offset) == [2])
  }

  @Test func `committed come back, and are absent where none was`() throws {
    let bench = try Bench(["in": 2])
    let consumer = try bench.consumer()
    let other = TopicPartition(topic: "in", partition: 1)
    let before = try consumer.committedOffsets([first, other], timeout: Bench.patience)
    #expect(before.isEmpty)
    for next: Int64 in [17, 18] {
      var after: [TopicPartition: Int64] = [:]
      let deadline = ContinuousClock.now + Bench.patience
      while after != [first: next], ContinuousClock.now < deadline {
        try consumer.commit([first: next])
        _ = consumer.poll(timeout: .milliseconds(10))
        after = try consumer.committedOffsets([first, other], timeout: Bench.patience)
      }
      #expect(after == [first: next])
    }
    #expect(try consumer.committedOffsets([], timeout: .zero).isEmpty)
  }

  @Test func `are committed one by one, so that a slow group begins`() throws {
    let bench = try Bench(["in": 1], brokers: 2)
    _ = try bench.write(1)
    let consumer = try bench.consumer()
    try bench.brokers.setLeader(1, of: first)
    try bench.brokers.setCoordinator(2, ofGroup: "g")
    _ = try consumer.watermarks(of: [first], timeout: Bench.patience)
    try bench.brokers.setRoundTrip(.milliseconds(1_500), broker: 2)
    let deadline = ContinuousClock.now + Bench.patience
    try consumer.commit([first: 17])
    try consumer.assign([first: .beginning])
    var message: KafkaEvent?
    while message == nil, ContinuousClock.now < deadline {
      try consumer.commit([first: 18])
      message = consumer.poll(timeout: .seconds(1))
    }
    guard case .message(let message)? = message else {
      Issue.record("nothing came: \(String(describing: message))")
      return
    }
    #expect(message.offset == 0)
  }

  @Test func `of the range are known by asking, and later without`() throws {
    let bench = try Bench(["in": 1])
    _ = try bench.write(7)
    let consumer = try bench.consumer()
    #expect(consumer.cachedWatermarks(of: first) == nil)
    let range = try consumer.watermarks(of: [first], timeout: Bench.patience)[first]
    #expect(range?.low == 0 && range?.high == 7)
    try consumer.assignAll(partitions: 1)
    #expect(consumer.messages(7).count == 7)
    #expect(consumer.cachedWatermarks(of: first)?.high == 7)
  }

  @Test func `by time are absent where the brokers know none`() throws {
    let bench = try Bench(["in": 1])
    _ = try bench.write(2)
    let consumer = try bench.consumer()
    // The mock brokers answer “none” to every time.
    let found = try consumer.offsets(at: 1_000, in: [first], timeout: Bench.patience)
    #expect(found.isEmpty)
  }

  @Test func `are asked for no longer than the limit`() throws {
    let bench = try Bench(["in": 1])
    let consumer = try bench.consumer()
    try bench.brokers.stopBroker(nil)
    let start = ContinuousClock.now
    let error = #expect(throws: KafkaError.self) {
      try consumer.watermarks(of: [first], timeout: .milliseconds(500))
    }
    #expect(error?.isRetriable == true)
    #expect(throws: KafkaError.self) {
      try consumer.committedOffsets([first], timeout: .milliseconds(500))
    }
    #expect(throws: KafkaError.self) {
      try consumer.partitions(of: "in", timeout: .milliseconds(500))
    }
    #expect(ContinuousClock.now - start < .seconds(5))
  }

  @Test func `are asked for all at once, and no longer than the limit`() throws {
    let bench = try Bench(["in": 12], brokers: 3)
    _ = try bench.write(30)
    let consumer = try bench.consumer()
    let all = try consumer.partitions(of: "in", timeout: Bench.patience)
    let ranges = try consumer.watermarks(of: all, timeout: Bench.patience)
    #expect(ranges.count == 12 && ranges.values.reduce(0) { $0 + $1.high } == 30)
    #expect(try consumer.watermarks(of: [], timeout: .zero).isEmpty)
    try bench.brokers.setRoundTrip(.milliseconds(400), broker: nil)
    let begin = ContinuousClock.now
    _ = try consumer.watermarks(of: all, timeout: Bench.patience)
    #expect(ContinuousClock.now - begin < .seconds(4))  // one by one they take 9.6 s
    let unknown = TopicPartition(topic: "in", partition: 12)
    #expect(throws: KafkaError.self) {
      try consumer.watermarks(of: [first, unknown], timeout: .seconds(2))
    }
    try bench.brokers.setRoundTrip(.seconds(8), broker: nil)
    let start = ContinuousClock.now
    let error = #expect(throws: KafkaError.self) {
      try consumer.watermarks(of: all, timeout: .milliseconds(500))
    }
    #expect(error?.isRetriable == true)
    #expect(ContinuousClock.now - start < .seconds(4))
  }
}
