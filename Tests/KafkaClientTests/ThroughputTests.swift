import Foundation
import KafkaClient
import Testing

private let isAsked = ProcessInfo.processInfo.environment["GROUNDED_TEST_THROUGHPUT"] != nil

/// Figures rather than proof; run alone, in a release build.
@Suite(.enabled(if: isAsked), .serialized, .timeLimit(.minutes(2)))
struct `The throughput` {
  @Test(arguments: [1_024, 4_096])
  func `in and out is measured`(size: Int) throws {
    let count = 4_000_000 / size  // the mock brokers keep 5 MiB a partition
    let rounds = 20
    let headers = (0..<8).map { KafkaHeader(name: "ce_header\($0)", value: Array("value".utf8)) }
    let message = OutboundMessage(
      topic: "in", key: nil, value: [UInt8](repeating: 7, count: size), headers: headers)
    var (sending, reading) = (Duration.zero, Duration.zero)
    var processor = 0.0
    for _ in 0..<rounds {
      let bench = try Bench(["in": 4])
      let producer = try bench.producer()
      let clock = ContinuousClock()
      let before = processorSeconds()
      sending += try clock.measure {
        for ticket in 0..<count { try producer.send(message, ticket: UInt64(ticket)) }
        #expect(reports(count, of: producer).compactMap(\.position).count == count)
      }
      let consumer = try bench.consumer()
      try consumer.assignAll(partitions: 4)
      let first = consumer.messages(1).count
      reading += clock.measure { #expect(consumer.messages(count - first).count == count - first) }
      processor += processorSeconds() - before
      consumer.close(within: Bench.patience)
    }
    let total = Double(count * rounds)
    print(
      "\(size) bytes: out \(Int(total / (sending / .seconds(1))))/s,",
      "in \(Int(total / (reading / .seconds(1))))/s,",
      "\(Int(processor / total * 1_000_000)) µs of processor each way and back, brokers included")
  }

  private func processorSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let micro = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(micro) / 1_000_000
  }
}
