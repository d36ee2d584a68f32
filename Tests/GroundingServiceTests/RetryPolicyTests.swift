import Foundation
import Testing

@testable import GroundingService

@Suite struct `A retry policy` {
  let policy = RetryPolicy(
    firstWait: .milliseconds(100), waitMax: .seconds(2), patience: .seconds(60))

  @Test(arguments: [(1, 50), (2, 100), (3, 200), (5, 800), (6, 1000), (7, 1000), (1000, 1000)])
  func `doubles its waits up to a bound`(attempt: Int, milliseconds: Int) {
    #expect(
      policy.decide(after: attempt, elapsed: .zero, random: 0)
        == .wait(.milliseconds(milliseconds)))
  }

  @Test func `spreads the waits`() {
    #expect(policy.decide(after: 1, elapsed: .zero, random: 0.5) == .wait(.milliseconds(75)))
  }

  @Test func `waits as long as the source asks`() {
    let decision = policy.decide(after: 1, elapsed: .zero, notBefore: .seconds(7), random: 0)
    #expect(decision == .wait(.seconds(7)))
  }

  @Test func `tries once more when patience ends, then gives up`() {
    let late = policy.decide(after: 9, elapsed: .seconds(59.5), random: 0)
    #expect(late == .wait(.milliseconds(500)))
    #expect(policy.decide(after: 10, elapsed: .seconds(60), random: 0) == .giveUp)
  }

  @Test(arguments: [
    ("120", 120.0), ("0", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 37),
    ("Sun, 06 Nov 1994 08:48:00 GMT", 0), ("Thu, 29 Feb 1996 08:49:00 GMT", 41_472_000),
  ])
  func `reads Retry-After`(text: String, seconds: Double) {
    let now = Date(timeIntervalSince1970: 784_111_740)  // 1994-11-06 08:49:00
    #expect(RetryAfter.wait(in: text, now: now) == .seconds(seconds))
  }

  @Test(arguments: ["", "-1", "soon", "99999999999", "Sun, 06 Foo 1994 08:49:37 GMT", "1.5"])
  func `passes over a Retry-After that it cannot read`(text: String) {
    #expect(RetryAfter.wait(in: text, now: Date()) == nil)
  }
}
