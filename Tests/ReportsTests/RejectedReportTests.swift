import Foundation
import Reports
import Testing

@Suite struct `A rejected report` {
  private func rejected(_ message: RawMessage) -> RejectedReport {
    RejectedReport(
      message: message, rejection: Rejection(.noText, at: .decide, "sections have no text"),
      campaign: "live", rejectedAt: Date(timeIntervalSince1970: 1))
  }

  @Test func `keeps what came and says why`() {
    let message = Samples.message("{}", headers: Samples.binaryHeaders)
    let out = rejected(message).encoded(valueBytesMax: 100)
    #expect(out.value == message.value)
    #expect(out.key == message.key)
    #expect(out.headers.prefix(4).map(\.name) == message.headers.map(\.name))
    #expect(out.header("grounded_code") == "no_text")
    #expect(out.header("grounded_stage") == "decide")
    #expect(out.header("grounded_message") == "sections have no text")
    #expect(out.header("grounded_topic") == "reports.generated")
    #expect(out.header("grounded_partition") == "3")
    #expect(out.header("grounded_offset") == "42")
    #expect(out.header("grounded_rejected_at") == "1970-01-01T00:00:01.000Z")
    #expect(out.header("grounded_value_left_out") == nil)
    #expect(out.header("grounded_value_sha256") == SHA256.hex(of: Array("{}".utf8)))
  }

  @Test func `has headers of one rejection only when it is rejected again`() {
    let first = rejected(Samples.message("{}")).encoded(valueBytesMax: 100)
    let place = SourcePosition(topic: "reports.generated", partition: 0, offset: 9)
    let second = rejected(first.received(at: place)).encoded(valueBytesMax: 100)
    #expect(second.headers.map(\.name) == first.headers.map(\.name))
    #expect(second.header("grounded_offset") == "9")
    #expect(second.header("grounded_id") != first.header("grounded_id"))
  }

  @Test func `leaves a value out that the topic does not take, and a tombstone a tombstone`() {
    let out = rejected(Samples.message("12345")).encoded(valueBytesMax: 4)
    #expect(out.value == nil)
    #expect(out.header("grounded_value_left_out") == "true")
    #expect(out.header("grounded_value_bytes") == "5")
    let tombstone = rejected(Samples.message(nil)).encoded(valueBytesMax: 4)
    #expect(tombstone.value == nil)
    #expect(tombstone.header("grounded_value_left_out") == nil)
    #expect(tombstone.header("grounded_value_bytes") == nil)
  }

  @Test func `has one id for one message and campaign`() {
    let report = rejected(Samples.message("{}"))
    #expect(report.rejectionID == rejected(Samples.message("[]")).rejectionID)
    var other = Samples.message("{}")
    other.offset = 43
    #expect(report.rejectionID != rejected(other).rejectionID)
  }
}
