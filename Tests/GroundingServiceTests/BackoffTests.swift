import Foundation
import Synchronization
import Testing

@testable import GroundingService

@Suite struct `A backoff` {
  private let backoff = Backoff(first: .milliseconds(100), longest: .seconds(2))

  @Test(arguments: [(1, 50), (2, 100), (3, 200), (5, 800), (6, 1_000), (900, 1_000)])
  func `doubles up to its bound`(attempt: Int, milliseconds: Int) {
    #expect(backoff.wait(after: attempt, random: 0) == .milliseconds(milliseconds))
  }

  @Test func `spreads its waits over the upper half`() {
    #expect(backoff.wait(after: 1, random: 0.5) == .milliseconds(75))
    let waits = (0..<100).map { backoff.wait(after: 6, random: Double($0) / 100) }
    #expect(Set(waits).count == 100)
    #expect(waits.allSatisfy { .seconds(1) <= $0 && $0 < .seconds(2) })
  }

  @Test func `is what is waited for between two attempts`() async {
    let waits = Mutex<[Duration]>([])
    let surroundings = Surroundings(
      now: { Date() }, chance: { 0.5 }, wait: { wait in waits.withLock { $0.append(wait) } })
    for attempt in 1...3 { await surroundings.pause(after: attempt, backoff) }
    let waited = waits.withLock { $0 }
    #expect(waited == [.milliseconds(75), .milliseconds(150), .milliseconds(300)])
  }

  @Test func `is that of the limits`() {
    #expect(Limits().backoff == Backoff(first: .milliseconds(100), longest: .seconds(5)))
  }
}

@Suite struct `A sample` {
  @Test(arguments: [0.0, 0.1, 0.5, 0.9, 1])
  func `has its share of any ids, the same ones each time`(fraction: Double) {
    let sample = Sample(fraction: fraction)
    let ids = (0..<20_000).map { "report-\($0)" }
    let chosen = ids.filter(sample.includes)
    #expect(abs(Double(chosen.count) / 20_000 - fraction) < 0.01)
    #expect(chosen == ids.filter(Sample(fraction: fraction).includes))
  }

  @Test func `has all of a smaller one`() {
    let (small, large) = (Sample(fraction: 0.1), Sample(fraction: 0.3))
    #expect((0..<1_000).map { "r\($0)" }.filter(small.includes).allSatisfy(large.includes))
  }
}
