import KafkaClient
import Testing

@Suite(.timeLimit(.minutes(4))) struct `A consumer` {
  let first = TopicPartition(topic: "in", partition: 0)

  @Test func `gives each message once and in order however often it is paused`() throws {
    let bench = try Bench(["in": 2])
    let positions = try bench.write(2_000).compactMap(\.position)
    try #require(positions.count == 2_000)
    let consumer = try bench.consumer()
    try consumer.assignAll(partitions: 2)
    let all = [first, TopicPartition(topic: "in", partition: 1)]
    var dice = Dice(state: 20_231)
    var next: [TopicPartition: Int64] = [:]
    var count = 0
    let deadline = ContinuousClock.now + .seconds(40)
    while count < 2_000, ContinuousClock.now < deadline {
      switch dice.roll(40) {
      case 0: try consumer.pause([all[dice.roll(2)]])
      case 1:
        try consumer.pause(all)
        try consumer.pause(all)  // again: nothing happens
      case 2: try consumer.resume([all[dice.roll(2)]])
      case 3...12:
        try consumer.resume(all)
        try consumer.resume(all)  // not paused: must not rewind
      default: break
      }
      guard case .message(let message) = consumer.poll(timeout: .milliseconds(5)) else { continue }
      #expect(message.offset == next[message.partition, default: 0])
      next[message.partition] = message.offset + 1
      count += 1
    }
    #expect(count == 2_000)
    #expect(consumer.poll(timeout: .milliseconds(300)) == nil)
  }

  @Test func `gives nothing of a paused partition`() throws {
    let bench = try Bench(["in": 1])
    _ = try bench.write(10)
    let consumer = try bench.consumer()
    try consumer.assignAll(partitions: 1)
    #expect(consumer.messages(4).map(\.offset) == [0, 1, 2, 3])
    try consumer.pause([first, TopicPartition(topic: "in", partition: 7)])
    #expect(consumer.poll(timeout: .milliseconds(500)) == nil)
    try consumer.resume([first])
    #expect(consumer.messages(6).map(\.offset) == [4, 5, 6, 7, 8, 9])
    // A new assignment is not paused.
    try consumer.pause([first])
    try consumer.assign([first: .at(8)])
    #expect(consumer.messages(2).map(\.offset) == [8, 9])
  }

  /// A partition beside it has nothing to read: the broker makes its readers wait for something.
  @Test(arguments: [1, 2]) func `goes on at once when a pause ends`(partitions: Int) throws {
    let bench = try Bench(["in": partitions])
    let written = try bench.write(60, key: { _ in "1" }).compactMap(\.position)
    let first = try #require(written.first?.partition)
    // As the daemon is by itself: the benches of the other tests wait less than Kafka's clients do.
    let consumer = try KafkaConsumer(bench.settings([("group.id", "g")]), logger: quiet)
    try consumer.assignAll(partitions: partitions)
    var waits: [Duration] = []
    for turn in 0..<6 {
      let start = ContinuousClock.now
      try #require(
        consumer.messages(10).map(\.offset) == (Int64(turn) * 10..<Int64(turn) * 10 + 10).map { $0 }
      )
      if turn > 0 { waits.append(ContinuousClock.now - start) }
      try consumer.pause([first])
      // As long as it takes until nothing is fetched any more.
      #expect(consumer.poll(timeout: .milliseconds(100)) == nil)
      try consumer.resume([first])
    }
    // Left to itself, librdkafka takes 0.9 s each time, the rest of its second; beside an empty
    // partition 0.4 s, the rest of the request that is under way.
    #expect(waits.sorted()[2] < .milliseconds(300))
  }

  @Test func `shares its topic with another, each from where it is told`() throws {
    let bench = try Bench(["in": 4])
    _ = try bench.write(80)
    let one = try bench.consumer()
    try one.subscribe(to: ["in"])
    let alone = try #require(one.events { $0.assigned != nil }?.last?.assigned)
    #expect(alone.map(\.partition) == [0, 1, 2, 3])
    try one.assign(Dictionary(uniqueKeysWithValues: alone.map { ($0, .at(2)) }))
    #expect(one.messages(8).allSatisfy { $0.offset >= 2 })

    let other = try bench.consumer()
    try other.subscribe(to: ["in"])
    var shares: [[TopicPartition]] = [[], []]
    var firsts: [KafkaMessage?] = [nil, nil]
    var givenBack: [TopicPartition] = []
    let deadline = ContinuousClock.now + Bench.patience
    while firsts.contains(nil), ContinuousClock.now < deadline {
      for (index, consumer) in [one, other].enumerated() {
        guard let event = consumer.poll(timeout: .milliseconds(20)) else { continue }
        if let lost = event.revoked {
          // On a busy machine a member may be late, and all is shared out a second time.
          if givenBack.isEmpty { givenBack = lost }
          firsts[index] = nil
          try consumer.unassign()
        } else if case .message(let message) = event, !shares[index].isEmpty {
          firsts[index] = firsts[index] ?? message
        } else if let share = event.assigned {
          shares[index] = share
          try consumer.assign(Dictionary(uniqueKeysWithValues: share.map { ($0, .at(5)) }))
        }
      }
    }
    #expect(givenBack == alone)
    #expect(shares.map(\.count) == [2, 2])
    #expect(Set(shares[0] + shares[1]) == Set(alone))
    for (message, share) in zip(firsts, shares) {
      #expect(message?.offset == 5)
      #expect(message.map { share.contains($0.partition) } == true)
    }
    #expect(one.close(within: Bench.patience))
    // Who is left gets everything.
    var all: [TopicPartition]?
    _ = other.events { event in
      if event.revoked != nil { try? other.unassign() }  // a failure shows as no assignment
      all = event.assigned
      return all != nil
    }
    #expect(all == alone)
  }

  @Test func `closes in time while its group waits for an answer`() throws {
    let bench = try Bench(["in": 2])
    let consumer = try bench.consumer()
    try consumer.subscribe(to: ["in"])
    #expect(consumer.events { $0.assigned != nil } != nil)
    #expect(consumer.close(within: Bench.patience))
    #expect(consumer.close(within: .zero))
    #expect(consumer.poll(timeout: .seconds(5)) == nil)
    #expect(throws: KafkaError.closed) { try consumer.unassign() }
  }

  @Test func `closes within its limit when the brokers are gone`() throws {
    let bench = try Bench(["in": 2])
    let consumer = try bench.consumer()
    try consumer.subscribe(to: ["in"])
    let share = try #require(consumer.events { $0.assigned != nil }?.last?.assigned)
    try consumer.assign(Dictionary(uniqueKeysWithValues: share.map { ($0, .beginning) }))
    try bench.brokers.stopBroker(nil)
    let start = ContinuousClock.now
    consumer.close(within: .seconds(1))
    #expect(ContinuousClock.now - start < .seconds(3))
  }

  @Test func `tells that no broker can be reached`() throws {
    let bench = try Bench(["in": 1])
    let consumer = try bench.consumer()
    try consumer.assignAll(partitions: 1)
    try bench.brokers.stopBroker(nil)
    let events = consumer.events { $0 == .problem(.brokersDown) }
    #expect(events != nil)
    #expect(events?.filter { $0 == .problem(.brokersDown) }.count == 1)
  }

  @Test func `hands librdkafka's log lines to its logger`() throws {
    let lines = Lines()
    let bench = try Bench(["in": 1])
    let settings = bench.settings([("group.id", "g"), ("debug", "generic")])
    let consumer = try KafkaConsumer(settings) { level, facility, text in
      lines.append("\(level) \(facility) \(text)")
    }
    #expect(consumer.close(within: Bench.patience))
    #expect(lines.all.contains { $0.hasPrefix("7 ") })
  }
}
