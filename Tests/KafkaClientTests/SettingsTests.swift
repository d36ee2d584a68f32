import KafkaClient
import Testing

@Suite struct `Kafka settings` {
  @Test func `name what librdkafka refuses, and why`() {
    let unknown = KafkaSettings([("bootstrap.servers", "localhost:1"), ("linger.mss", "5")])
    let error = #expect(throws: KafkaError.self) { try KafkaProducer(unknown, logger: quiet) }
    guard case .refusedSetting(let name, let value, let reason) = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(name == "linger.mss" && value == "…")  // it might be a password
    #expect(reason.contains("No such configuration property"))

    let impossible = KafkaSettings([("acks", "many")])
    #expect(throws: KafkaError.self) { try KafkaProducer(impossible, logger: quiet) }
  }

  @Test func `never show a secret`() throws {
    let settings = KafkaSettings([
      ("ssl.key.password", "hunter2\u{0}"), ("sasl.passwords", "hunter2"),
    ])
    let error = #expect(throws: KafkaError.self) { try KafkaProducer(settings, logger: quiet) }
    #expect(error.map { "\($0)".contains("hunter2") } == false)
    #expect(error.map { "\($0)".contains("sasl.passwords") } == true)
  }

  @Test(arguments: [
    ("enable.auto.commit", "true"), ("enable.auto.offset.store", "true"),
    ("partition.assignment.strategy", "cooperative-sticky"),
  ])
  func `are refused where they would break the consumer's promises`(setting: (String, String)) {
    let error = #expect(throws: KafkaError.self) {
      try KafkaConsumer(KafkaSettings([("group.id", "g"), setting]), logger: quiet)
    }
    guard case .refusedSetting(let name, _, _) = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(name == setting.0)
  }

  @Test func `that do not fit together say so`() {
    let settings = KafkaSettings([("enable.idempotence", "true"), ("acks", "1")])
    let error = #expect(throws: KafkaError.self) { try KafkaProducer(settings, logger: quiet) }
    guard case .cannotStart(let reason) = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(reason.contains("acks"))
  }

  @Test func `take the last of a name`() {
    let base = KafkaSettings([("a", "1"), ("b", "2"), ("a", "3")])
    #expect(base["a"] == "3")
    let all = base.overridden(by: KafkaSettings([("b", "4"), ("c", "5")]))
    #expect(all["b"] == "4" && all["c"] == "5" && all["a"] == "3")
    var less = all
    less["a"] = nil
    #expect(less["a"] == nil)
  }
}
