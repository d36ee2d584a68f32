import Foundation
import Reports
import Testing

@Suite struct `An envelope` {
  private func envelope(
    _ text: String, _ headers: [(String, String)] = []
  ) throws -> Envelope {
    let message = Samples.message(text, headers: headers)
    return try ReportEvent.decode(message, limits: ReportLimits()).envelope
  }

  private func event(_ more: String = "") -> String {
    #"{"specversion":"1.0","id":"e-9","source":"/s","type":"report.generated.v1","#
      + more + #""data":\#(Samples.minimal)}"#
  }

  @Test func `of binary mode is read from headers`() throws {
    let more = [("ce_time", "2026-03-01T09:30:00Z"), ("content-type", "application/json")]
    let found = try envelope(Samples.minimal, Samples.binaryHeaders + more)
    #expect(found.mode == .binary)
    #expect(found.id == "e-1")
    #expect(found.source == "/test")
    #expect(found.type == "report.generated.v1")
    #expect(found.time == "2026-03-01T09:30:00Z")
    #expect(found.traceparent == nil)
  }

  @Test func `of structured mode is read from the value`() throws {
    let type = [("Content-Type", "application/cloudevents+json; charset=UTF-8")]
    let found = try envelope(event(), type)
    #expect(found.mode == .structured)
    #expect(found.id == "e-9")
  }

  @Test func `of structured mode is recognised without its content type`() throws {
    #expect(try envelope(event()).mode == .structured)
  }

  @Test func `of bare JSON has the place as its id`() throws {
    let found = try envelope(Samples.minimal)
    #expect(found.mode == .bare)
    #expect(found.id == "reports.generated/3/42")
    #expect(found.source == nil)
  }

  @Test func `is refused when a header stands twice`() {
    let headers = Samples.binaryHeaders + [("ce_id", "e-2")]
    #expect(Samples.rejection(Samples.minimal, headers: headers)?.code == .invalidValue)
  }

  @Test func `is refused when a header is not UTF-8`() {
    var message = Samples.message(Samples.minimal, headers: Samples.binaryHeaders)
    message.headers[1].value = [0xFF, 0xFE]
    #expect(Samples.code(message) == .invalidValue)
  }

  @Test(arguments: ["ce_specversion", "ce_id", "ce_source", "ce_type"])
  func `is refused without a required header`(name: String) {
    let headers = Samples.binaryHeaders.filter { $0.0 != name }
    let rejection = Samples.rejection(Samples.minimal, headers: headers)
    #expect(rejection?.code == .missingField)
    #expect(rejection?.stage == .read)
    #expect(rejection?.message.contains(name) == true)
  }

  @Test(arguments: ["specversion", "id", "source", "type", "data"])
  func `is refused without a required member`(name: String) {
    let text = event().replacingOccurrences(of: "\"\(name)\"", with: "\"x\"")
    let headers = [("content-type", "application/cloudevents+json")]
    #expect(Samples.rejection(text, headers: headers)?.code == .missingField)
  }

  @Test func `names the place in its data`() {
    let text = event().replacingOccurrences(of: "\"uri\"", with: "\"url\"")
    #expect(Samples.rejection(text)?.message.hasPrefix("data.images[0].uri is missing") == true)
  }

  @Test func `carries a legal trace`() throws {
    let header = [("traceparent", Samples.traceparent)]
    #expect(try envelope(Samples.minimal, header).traceparent == Samples.traceparent)
    let own = event(#""traceparent":"\#(Samples.traceparent)","#)
    #expect(try envelope(own).traceparent == Samples.traceparent)
    let binary = Samples.binaryHeaders + [("ce_traceparent", Samples.traceparent)]
    #expect(try envelope(Samples.minimal, binary).traceparent == Samples.traceparent)
  }

  @Test(arguments: [
    "", "00", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0\n",
  ])
  func `drops an illegal trace and keeps the report`(trace: String) throws {
    #expect(try envelope(Samples.minimal, [("traceparent", trace)]).traceparent == nil)
  }

  @Test func `passes a trace of a later version on`() throws {
    let later = "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"
    #expect(try envelope(Samples.minimal, [("traceparent", later)]).traceparent == later)
  }

  @Test func `of a tombstone and of other formats is refused by name`() {
    #expect(Samples.code(Samples.message(nil)) == .emptyValue)
    #expect(Samples.code(Samples.message([UInt8]())) == .emptyValue)
    #expect(Samples.code(Samples.message([0, 0, 0, 0, 1, 2])) == .confluentFramed)
    #expect(Samples.code(Samples.message([0, 0])) == .notJSON)
    #expect(Samples.code(Samples.message([0x4F, 0x62, 0x6A, 1])) == .avroContainer)
    let batch = [("content-type", "application/cloudevents-batch+json")]
    #expect(Samples.code(Samples.message("[]", headers: batch)) == .batchedEvents)
  }

  @Test func `with data in base64 that is none, or no JSON, is refused`() {
    func code(_ encoded: String) -> RejectionCode? {
      Samples.rejection(
        #"{"specversion":"1.0","id":"e","source":"/s","type":"report.generated.v1","#
          + #""data_base64":"\#(encoded)"}"#)?.code
    }
    #expect(code("%%%") == .invalidValue)
    #expect(code("e30") == .invalidValue)
    #expect(code("e3s=") == .notJSON)
    #expect(code("e30=") == .missingField)
  }
}
