import Reports
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
