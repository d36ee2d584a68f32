import Foundation
import JSON
import Reports
import TestKit
import Testing

@Suite struct `The examples of the inbound topic` {
  @Test(arguments: Example.all("generated/valid"))
  func `are accepted where they are valid`(example: Example) throws {
    let event = try ReportEvent.decode(example.message, limits: ReportLimits())
    #expect(!event.sentences.isEmpty)
    #expect(event.original == example.value)
  }

  @Test(arguments: Example.all("generated/invalid"))
  func `are rejected with the code of their name where they are not`(example: Example) {
    #expect(Samples.code(example.message) == example.expectedCode)
    #expect(example.expectedCode != nil)
  }

  @Test func `are many`() {
    #expect(Example.all("generated/valid").count >= 9)
    #expect(Example.all("generated/invalid").count >= 45)
  }
}

@Suite struct `The examples of the outbound topic` {
  @Test func `are what the encoder writes`() throws {
    let example = try #require(Example.all("grounded/valid").first)
    let message = try Samples.grounded().encoded()
    #expect(try JSON(parsing: example.value) == JSON(parsing: #require(message.value)))
    #expect(message.headers.map(\.name) == example.headers.map { $0.0 })
    for (name, value) in example.headers { #expect(message.header(name) == value) }
  }

  @Test(arguments: Example.all("grounded/valid"))
  func `are read where they are valid`(example: Example) throws {
    let report = try GroundedReport.decode(example.message, limits: ReportLimits())
    #expect(report == (try Samples.grounded()))
  }

  @Test(arguments: Example.all("grounded/invalid"))
  func `are rejected with the code of their name where they are not`(example: Example) {
    let rejection = #expect(throws: Rejection.self) {
      try GroundedReport.decode(example.message, limits: ReportLimits())
    }
    #expect(rejection?.code == example.expectedCode)
  }
}

@Suite struct `The examples of the dead-letter topic` {
  @Test(arguments: Example.all("rejected"))
  func `are what the encoder writes`(example: Example) throws {
    let inbound = try #require(
      Example.all("generated/invalid").first { $0.name == example.name })
    let rejection = #expect(throws: Rejection.self) {
      try ReportEvent.decode(inbound.message, limits: ReportLimits())
    }
    let report = RejectedReport(
      message: inbound.message, rejection: try #require(rejection), campaign: "live",
      rejectedAt: Date(timeIntervalSince1970: 1_772_357_400.125))
    let message = report.encoded(valueBytesMax: 1 << 20)
    #expect(message.value == example.value)
    #expect(message.headers.map(\.name) == example.headers.map { $0.0 })
    for (name, value) in example.headers { #expect(message.header(name) == value) }
  }
}
