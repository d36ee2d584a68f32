import Testing

@testable import Journal

@Suite struct `The metrics' cost` {
  /// Generous: an unoptimised build on a busy machine. Optimised, both take below 100 ns.
  @Test func `is small enough for every message`() {
    let metrics = Metrics()
    let counter = metrics.counter("c_total", "C.")
    let histogram = metrics.histogram("h_seconds", "H.", bounds: [0.001, 0.01, 0.1, 1, 10])
    let count = 20_000
    let time = ContinuousClock().measure {
      for number in 0..<count {
        counter.increment()
        histogram.observe(Double(number) / 1_000)
      }
    }
    #expect(time / count < .microseconds(50), "\(time / count) a pair")
  }
}
