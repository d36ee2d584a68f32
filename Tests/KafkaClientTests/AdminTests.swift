import Foundation
import KafkaClient
import Testing

@Suite(.timeLimit(.minutes(4))) struct `An administrator` {
  @Test func `lists topics with their partitions`() throws {
    let bench = try Bench(["in": 3, "out": 2])
    let admin = try KafkaAdmin(bench.settings([("group.id", "g")]), logger: quiet)
    let topics = try admin.listTopics(timeout: Bench.patience)
    #expect(topics.map(\.name) == ["in", "out"])
    #expect(topics.map(\.partitions) == [3, 2])
    #expect(topics.allSatisfy { $0.replication == 1 && $0.problem == nil && $0.leaderless == [] })
    try bench.brokers.setLeader(nil, of: TopicPartition(topic: "in", partition: 1))
    let later = try admin.listTopics(timeout: Bench.patience)
    #expect(later.first?.leaderless == [1])
    #expect(admin.close(within: Bench.patience))
  }

  @Test func `says what this cluster cannot do`() throws {
    let bench = try Bench()
    let admin = try KafkaAdmin(bench.settings(), logger: quiet)
    // The mock brokers have no controller, which is who creates topics.
    let missing = ": no controller among the brokers"
    #expect(throws: KafkaError.timedOut(doing: "create topics" + missing)) {
      try admin.createTopics([NewTopic(name: "new", partitions: 1)], timeout: .milliseconds(500))
    }
    #expect(throws: KafkaError.timedOut(doing: "describe topics" + missing)) {
      try admin.describeSettings(of: ["in"], timeout: .milliseconds(500))
    }
  }

  @Test func `refuses a topic that cannot be`() throws {
    let bench = try Bench()
    let admin = try KafkaAdmin(bench.settings(), logger: quiet)
    let error = #expect(throws: KafkaError.self) {
      try admin.createTopics([NewTopic(name: "new", partitions: -5)], timeout: .seconds(5))
    }
    guard case .refusedSetting = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
  }

  @Test func `waits no longer than it may`() throws {
    let bench = try Bench()
    let admin = try KafkaAdmin(bench.settings(), logger: quiet)
    try bench.brokers.stopBroker(nil)
    let start = ContinuousClock.now
    #expect(throws: KafkaError.timedOut(doing: "ask about topics")) {
      try admin.listTopics(timeout: .milliseconds(400))
    }
    #expect(throws: KafkaError.self) {
      try admin.deleteTopics(["in"], timeout: .milliseconds(400))
    }
    #expect(ContinuousClock.now - start < .seconds(4))
  }

  @Test func `and readers name a topic that is not there`() throws {
    let bench = try Bench()
    let consumer = try bench.consumer()
    #expect(try consumer.partitions(of: "in", timeout: Bench.patience).count == 3)
    bench.brokers.failTopic("in", with: 3)  // deleted; the mock brokers create what is not there
    #expect(throws: KafkaError.unknownTopic("in")) {
      try consumer.partitions(of: "in", timeout: Bench.patience)
    }
    try consumer.subscribe(to: ["in"])
    #expect(consumer.problem() == .unknownTopic("in"))
  }
}

private let cluster = ProcessInfo.processInfo.environment["GROUNDED_TEST_KAFKA"]

/// What the mock brokers do not know; the variable holds the addresses of a cluster for tests.
@Suite(.enabled(if: cluster != nil), .timeLimit(.minutes(2)))
struct `A real cluster` {
  @Test func `creates, describes, grows and deletes a topic`() throws {
    let addresses = try #require(cluster)
    let admin = try KafkaAdmin(KafkaSettings([("bootstrap.servers", addresses)]), logger: quiet)
    let name = "grounded-test-\(UUID().uuidString)"
    let topic = NewTopic(name: name, partitions: 2, settings: ["retention.ms": "60000"])
    #expect(try admin.createTopics([topic], timeout: Bench.patience).map(\.problem) == [nil])
    defer { _ = try? admin.deleteTopics([name], timeout: Bench.patience) }  // tidying only
    #expect(try admin.createTopics([topic], timeout: Bench.patience).first?.problem != nil)
    let settings = try admin.describeSettings(of: [name], timeout: Bench.patience)[name]
    let retention = settings?.first { $0.name == "retention.ms" }
    #expect(retention?.value == "60000" && retention?.isInherited == false)
    try admin.raisePartitions(of: name, to: 3, timeout: Bench.patience)
    let deadline = ContinuousClock.now + Bench.patience
    var partitions = 0
    while partitions != 3, ContinuousClock.now < deadline {
      let topics = try admin.listTopics(timeout: Bench.patience)
      partitions = topics.first { $0.name == name }?.partitions ?? 0
    }
    #expect(partitions == 3)
    #expect(throws: KafkaError.self) {
      try admin.raisePartitions(of: name, to: 1, timeout: Bench.patience)
    }
    #expect(try admin.deleteTopics([name], timeout: Bench.patience).map(\.problem) == [nil])
  }
}
