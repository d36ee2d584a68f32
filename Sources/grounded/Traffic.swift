internal import JSON
internal import KafkaClient

/// Reports that go in, and what comes out for them: each once.
struct Traffic {
  private let producer: KafkaProducer
  private let consumer: KafkaConsumer
  private var next = 0
  private var sentAt: [ContinuousClock.Instant] = []
  private var isBack: [Bool] = []

  init(_ settings: KafkaSettings) throws {
    let settings = settings.overridden(by: KafkaSettings([("group.id", "bench-reader")]))
    producer = try KafkaProducer(settings, logger: { _, _, _ in })
    consumer = try KafkaConsumer(settings, logger: { _, _, _ in })
    var starts: [TopicPartition: KafkaOffset] = [:]
    for topic in ["reports.grounded", "reports.rejected"] {
      for partition in try consumer.partitions(of: topic, timeout: .seconds(10)) {
        starts[partition] = .beginning
      }
    }
    try consumer.assign(starts)
  }

  /// Sends that many reports, with a bound on those that are under way, and waits for the last.
  mutating func exchange(
    _ count: Int, outstandingMax: Int, within time: Duration, progress: (Int) -> Void
  ) throws {
    let deadline = ContinuousClock.now + time
    let first = next
    var done = 0
    while done < count {
      while next - first < count && (next - first) - done < outstandingMax {
        guard try send() else { break }
      }
      _ = producer.deliveries(timeout: .zero, max: 10_000)
      let batch = try take(wait: .milliseconds(1))
      for number in done + 1..<done + 1 + batch.count { progress(number) }
      done += batch.count
      guard ContinuousClock.now < deadline else {
        throw PipelineTrial.Failure(description: "\(done) of \(count) reports came out in \(time)")
      }
    }
  }

  /// Sends at a fixed rate and measures from sending to reading, in milliseconds.
  mutating func latency(
    rate: Double, seconds: Int
  ) throws -> (median: Double, p99: Double, worst: Double) {
    let count = Int(rate * Double(seconds))
    let begin = ContinuousClock.now
    let deadline = begin + .seconds(seconds + 60)
    var sent = 0
    var latencies: [Double] = []
    while latencies.count < count {
      let due = min(count, Int((ContinuousClock.now - begin) / .seconds(1) * rate))
      while sent < due { if try send() { sent += 1 } else { break } }
      _ = producer.deliveries(timeout: .zero, max: 10_000)
      latencies += try take(wait: .milliseconds(1)).map { $0 / .milliseconds(1) }
      guard ContinuousClock.now < deadline else {
        throw PipelineTrial.Failure(
          description: "\(latencies.count) of \(count) reports came out at \(rate) a second")
      }
    }
    latencies.sort()
    return (
      latencies[count / 2], latencies[min(count - 1, count * 99 / 100)], latencies[count - 1]
    )
  }

  /// False when librdkafka's queue is full.
  private mutating func send() throws -> Bool {
    let message = OutboundMessage(
      topic: "reports.generated", key: Array("bench-\(next)".utf8),
      value: Self.report(next).bytes)
    do throws(KafkaError) {
      try producer.send(message, ticket: 0)
    } catch {
      if case .queueFull = error { return false }
      throw error
    }
    sentAt.append(.now)
    isBack.append(false)
    next += 1
    return true
  }

  /// What has come out: the time that each report took.
  private mutating func take(wait: Duration) throws -> [Duration] {
    var durations: [Duration] = []
    var event = consumer.poll(timeout: wait)
    while let present = event {
      switch present {
      case .message(let message): durations.append(try note(message))
      case .problem(let problem) where !problem.isRetriable: throw problem
      default: break
      }
      if durations.count >= 1_000 { break }
      event = consumer.poll(timeout: .zero)
    }
    return durations
  }

  private mutating func note(_ message: KafkaMessage) throws -> Duration {
    let key = String(decoding: message.key ?? [], as: UTF8.self)
    guard message.partition.topic == "reports.grounded",
      let number = Int(key.dropFirst("bench-".count)), isBack.indices.contains(number),
      !isBack[number]
    else {
      throw PipelineTrial.Failure(
        description: "\(key) on \(message.partition) is doubled, rejected, or was never sent")
    }
    isBack[number] = true
    return .now - sentAt[number]
  }

  /// A report of eight sentences.
  private static func report(_ number: Int) -> JSON {
    [
      "report_id": .string("bench-\(number)"),
      "study": [
        "study_instance_uid": .string("1.2.826.0.1.\(number)"),
        "accession_number": .string("A\(number)"),
      ],
      "generator": ["name": "bench", "version": "1", "mode": "findings"],
      "images": [
        ["image_id": "frontal", "uri": .string("file:/srv/images/\(number).png"), "view": "PA"]
      ],
      "sections": [
        ["name": "findings", "text": .string(findings)],
        ["name": "impression", "text": .string(impression)],
      ],
    ]
  }

  private static let findings = """
    There is a hazy opacity at the left lung base measuring approx. 3.5 cm. The heart is mildly \
    enlarged. A small right pleural effusion is present. No pneumothorax is seen. The endotracheal \
    tube ends 4 cm above the carina. Degenerative change of the spine.
    """
  private static let impression = "1. Left basal pneumonia. 2. Small right effusion."
}
