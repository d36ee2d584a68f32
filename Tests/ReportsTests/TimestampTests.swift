import Foundation
import Testing

@testable import Reports

@Suite struct `A time` {
  @Test(arguments: [
    (0.0, "1970-01-01T00:00:00.000Z"), (951_782_400.5, "2000-02-29T00:00:00.500Z"),
    (-0.001, "1969-12-31T23:59:59.999Z"), (1_772_357_400.125, "2026-03-01T09:30:00.125Z"),
    (4_107_542_399.9996, "2100-03-01T00:00:00.000Z"), (-62_167_219_200, "0000-01-01T00:00:00.000Z"),
    (253_402_300_799.999, "9999-12-31T23:59:59.999Z"),
  ])
  func `is written as RFC 3339`(seconds: Double, text: String) throws {
    #expect(Timestamp.text(Date(timeIntervalSince1970: seconds)) == text)
    let back = try #require(Timestamp.date(text))
    #expect(abs(back.timeIntervalSince1970 - seconds) < 0.001)
  }

  @Test func `out of all bounds is clamped`() {
    #expect(Timestamp.text(.distantFuture) <= "9999-12-31T23:59:59.999Z")
    let seconds = [1e300, -1e300, Double.nan, .infinity]
    for second in seconds {
      #expect(Timestamp.text(Date(timeIntervalSince1970: second)).utf8.count == 24)
    }
  }

  @Test func `agrees with Foundation on every day for 400 years`() throws {
    let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    for day in stride(from: -25_567, to: 120_000, by: 1) {
      let date = Date(timeIntervalSince1970: Double(day) * 86_400 + 3_661.25)
      if day % 97 == 0 { #expect(Timestamp.text(date) == date.formatted(format)) }
      #expect(Timestamp.date(Timestamp.text(date)) == date)
    }
  }

  @Test(arguments: [
    ("2026-03-01T10:30:00+01:00", "2026-03-01T09:30:00.000Z"),
    ("2026-03-01t04:00:00.5-05:30", "2026-03-01T09:30:00.500Z"),
    ("2026-03-01 09:30:00z", "2026-03-01T09:30:00.000Z"),
    ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
  ])
  func `is read with its zone`(text: String, expected: String) throws {
    #expect(Timestamp.text(try #require(Timestamp.date(text))) == expected)
  }

  @Test(arguments: [
    "", "yesterday", "2026-03-01", "2026-03-01T09:30:00", "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
    "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:00.Z",
    "2026-01-01T00:00:00+1:00", "2026-01-01T00:00:00+25:00", "2026-01-01T00:00:00ZZ",
    "2026-01-01T00:00:00Ü", "+026-01-01T00:00:00Z",
  ])
  func `that is none is not read`(text: String) {
    #expect(Timestamp.date(text) == nil)
  }
}
