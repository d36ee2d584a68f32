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
    try consumer.commit([first: 17])
    var after: [TopicPartition: Int64] = [:]
    let deadline = ContinuousClock.now + Bench.patience
    while after.isEmpty, ContinuousClock.now < deadline {
      _ = consumer.poll(timeout: .milliseconds(10))
      after = try consumer.committedOffsets([first, other], timeout: Bench.patience)
    }
    #expect(after == [first: 17])
    #expect(try consumer.committedOffsets([], timeout: .zero).isEmpty)
  }

  @Test func `of the range are known by asking, and later without`() throws {
    let bench = try Bench(["in": 1])
    _ = try bench.write(7)
    let consumer = try bench.consumer()
    #expect(consumer.cachedWatermarks(of: first) == nil)
    let range = try consumer.watermarks(of: first, timeout: Bench.patience)
    #expect(range.low == 0 && range.high == 7)
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
      try consumer.watermarks(of: first, timeout: .milliseconds(500))
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

  @Test func `are asked for no longer than the limit of a broker that is slow`() throws {
    let bench = try Bench(["in": 1])
    let consumer = try bench.consumer()
    #expect(try consumer.watermarks(of: first, timeout: .seconds(10)) == (low: 0, high: 0))
    try bench.brokers.setRoundTrip(.seconds(8), broker: nil)
    let start = ContinuousClock.now
    let error = #expect(throws: KafkaError.self) {
      try consumer.watermarks(of: first, timeout: .milliseconds(500))
    }
    #expect(error?.isRetriable == true)
    #expect(ContinuousClock.now - start < .seconds(4))
  }
}
