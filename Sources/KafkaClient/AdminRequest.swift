internal import CRdKafka

/// One request of an administrator, with a queue of its own for the answer.
struct AdminRequest: ~Copyable {
  let action: String
  private let client: Client
  private let queue: OpaquePointer
  private let options: OpaquePointer
  private let timeout: Duration

  init(
    _ action: String, _ operation: rd_kafka_admin_op_t, _ client: Client, _ timeout: Duration
  ) throws(KafkaError) {
    self.action = action
    self.client = client
    self.timeout = timeout
    queue = rd_kafka_queue_new(client.pointer)
    options = rd_kafka_AdminOptions_new(client.pointer, operation)
    var reason = CText()
    // librdkafka takes 1 ms to an hour.
    let limit = min(max(timeout.milliseconds, 1), 3_600_000)
    let code = reason.fill { rd_kafka_AdminOptions_set_request_timeout(options, limit, $0, $1) }
    try check(code, doing: action)
  }

  deinit {
    rd_kafka_AdminOptions_destroy(options)
    rd_kafka_queue_destroy(queue)
  }

  /// Sends, and waits for the answer.
  borrowing func run(
    _ send: (OpaquePointer, OpaquePointer, OpaquePointer) -> Void
  ) throws(KafkaError) -> AdminAnswer {
    client.use { send($0, options, queue) }
    // librdkafka answers “timed out” by itself; the second more is for that answer.
    let event = rd_kafka_queue_poll(queue, (timeout + .seconds(1)).milliseconds)
    guard let event else { throw .timedOut(doing: action) }
    let answer = AdminAnswer(event: event)
    let code = rd_kafka_event_error(event)
    let reason = rd_kafka_event_error_string(event).map { String(cString: $0) } ?? ""
    // The mock brokers name a controller that is none of them; a cluster may have lost its own.
    let isLeaderless = code != RD_KAFKA_RESP_ERR_NO_ERROR && reason.contains("controller")
    try check(code, doing: isLeaderless ? action + ": no controller among the brokers" : action)
    return answer
  }
}

/// Owner of an answer. The pointers inside it live as long as it does.
struct AdminAnswer: ~Copyable {
  typealias List = UnsafeMutablePointer<OpaquePointer?>

  let event: OpaquePointer

  deinit { rd_kafka_event_destroy(event) }

  /// `list` is librdkafka's function for this kind of answer, which all are one type inside.
  func outcomes(
    doing action: String, _ list: (OpaquePointer?, UnsafeMutablePointer<Int>?) -> List?
  ) -> [TopicOutcome] {
    var count = 0
    let results = list(event, &count)
    return UnsafeBufferPointer(start: results, count: results == nil ? 0 : count).map { result in
      let topic = String(cString: rd_kafka_topic_result_name(result))
      let code = rd_kafka_topic_result_error(result)
      let problem =
        code == RD_KAFKA_RESP_ERR_NO_ERROR
        ? nil : KafkaError(code, doing: "\(action), \(topic)", topic: topic)
      return TopicOutcome(topic: topic, problem: problem)
    }
  }

  func settings(doing action: String) throws(KafkaError) -> [String: [TopicSetting]] {
    var count = 0
    let result = rd_kafka_event_DescribeConfigs_result(event)
    let resources = rd_kafka_DescribeConfigs_result_resources(result, &count)
    var settings: [String: [TopicSetting]] = [:]
    for resource in UnsafeBufferPointer(start: resources, count: resources == nil ? 0 : count) {
      let topic = String(cString: rd_kafka_ConfigResource_name(resource))
      try check(
        rd_kafka_ConfigResource_error(resource), doing: "\(action), \(topic)", topic: topic)
      var entries = 0
      let list = rd_kafka_ConfigResource_configs(resource, &entries)
      settings[topic] = UnsafeBufferPointer(start: list, count: list == nil ? 0 : entries)
        .map { entry in
          let value = rd_kafka_ConfigEntry_value(entry)
          return TopicSetting(
            name: String(cString: rd_kafka_ConfigEntry_name(entry)),
            value: value.map { String(cString: $0) },
            isInherited: rd_kafka_ConfigEntry_source(entry)
              != RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG)
        }
    }
    return settings
  }
}
