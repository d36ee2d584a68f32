import Foundation
import GroundingService
import Testing

@testable import grounded

@Suite struct `Faults asked for by the environment` {
  @Test(arguments: [
    "kill", "kill:committed", "kill:nowhere:1", "kill:committed:0", "end:committed:1",
  ])
  func `that say nothing we know are refused`(text: String) {
    #expect(throws: TestFaults.Unreadable.self) {
      try TestFaults(["GROUNDED_TEST_FAULT": text])
    }
  }

  @Test func `leave everything as it is where there are none`() throws {
    let surroundings = try TestFaults([:]).applied(to: .real)
    for step in Step.allCases { surroundings.reached(step) }
    #expect(abs(surroundings.now().timeIntervalSinceNow) < 60)
  }

  @Test func `set the clock, and do not strike before their time`() throws {
    let faults = try TestFaults([
      "GROUNDED_TEST_CLOCK": "-3600@0", "GROUNDED_TEST_FAULT": "kill:committed:3",
    ])
    let surroundings = faults.applied(to: .real)
    for step in Step.allCases { surroundings.reached(step) }
    #expect(abs(surroundings.now().timeIntervalSinceNow + 3_600) < 60)
  }
}
