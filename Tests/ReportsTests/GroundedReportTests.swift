import Boxes
import Foundation
import JSON
import Reports
import TestKit
import Testing

@Suite struct `A grounded report` {
  @Test func `comes back from its message as it was`() throws {
    let report = try Samples.grounded()
    let place = SourcePosition(topic: "reports.grounded", partition: 0, offset: 7)
    let message = report.encoded().received(at: place)
    #expect(try GroundedReport.decode(message, limits: ReportLimits()) == report)
  }

  @Test func `has CloudEvents headers`() throws {
    let report = try Samples.grounded()
    let message = report.encoded()
    #expect(message.header("ce_specversion") == "1.0")
    #expect(message.header("ce_id") == report.groundingID.uuidString.lowercased())
    #expect(message.header("ce_source") == "grounded")
    #expect(message.header("ce_type") == "report.grounded.v1")
    #expect(message.header("ce_time") == "2026-03-01T09:30:00.125Z")
    #expect(message.header("ce_traceparent") == Samples.traceparent)
    #expect(message.header("content-type") == "application/json")
    #expect(message.header("grounded_campaign") == "live")
    #expect(message.key == Array("r-1".utf8))
  }

  @Test func `gives whole pixels beside fractions`() throws {
    let value = try JSON(parsing: #require(try Samples.grounded().encoded().value))
    let region = try #require(value["sentences"]?.array?.first?["regions"]?.array?.first)
    #expect(region["box"]?["x_min"] == 0.25)
    #expect(
      region["pixels"] == ["x_min": 625, "y_min": 1_501, "x_max": 1_250, "y_max": 2_251])
    #expect(region["fused_queries"] == 3)
  }

  @Test func `keeps a pixel of a box thinner than that`() throws {
    let line = try #require(BoundingBox(left: 0.9999, top: 0, right: 1, bottom: 1))
    #expect(PixelBox(line, width: 10, height: 3) == PixelBox(xMin: 9, yMin: 0, xMax: 10, yMax: 3))
  }

  @Test func `with an id that does not follow from its source is refused`() throws {
    var message = try Samples.grounded().encoded()
    let value = try #require(message.value)
    let text = String(decoding: value, as: UTF8.self)
      .replacingOccurrences(of: #""offset":42"#, with: #""offset":43"#)
    message.value = Array(text.utf8)
    let place = SourcePosition(topic: "reports.grounded", partition: 0, offset: 7)
    #expect(throws: Rejection.self) {
      try GroundedReport.decode(message.received(at: place), limits: ReportLimits())
    }
  }
}
