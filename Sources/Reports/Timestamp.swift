internal import FoundationEssentials

/// Times as RFC 3339 writes them.
enum Timestamp {
  /// `2026-11-24T03:12:45.678Z`: UTC, to the millisecond. Years outside 0…9999 are clamped.
  static func text(_ date: Date) -> String {
    let lowest = -62_167_219_200_000.0
    let highest = 253_402_300_799_999.0
    let exact = (date.timeIntervalSince1970 * 1_000).rounded()
    let milliseconds = Int(min(highest, max(lowest, exact.isNaN ? 0 : exact)))
    let day = floored(milliseconds, 86_400_000)
    let rest = milliseconds - day * 86_400_000
    let (year, month, dayOfMonth) = calendar(day)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(24)
    func append(_ value: Int, _ digits: Int, then mark: Unicode.Scalar) {
      var scale = digits == 4 ? 1_000 : digits == 3 ? 100 : 10
      while scale > 0 {
        bytes.append(UInt8(ascii: "0") + UInt8(value / scale % 10))
        scale /= 10
      }
      bytes.append(UInt8(ascii: mark))
    }
    append(year, 4, then: "-")
    append(month, 2, then: "-")
    append(dayOfMonth, 2, then: "T")
    append(rest / 3_600_000, 2, then: ":")
    append(rest / 60_000 % 60, 2, then: ":")
    append(rest / 1_000 % 60, 2, then: ".")
    append(rest % 1_000, 3, then: "Z")
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Reads RFC 3339, with `T`, `t` or a space between day and time; nil for anything else.
  static func date(_ text: String) -> Date? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes.count <= 64 else { return nil }
    func number(_ range: Range<Int>) -> Int? {
      var value = 0
      for place in range {
        guard place < bytes.count, let digit = digit(bytes[place]) else { return nil }
        value = value * 10 + digit
      }
      return value
    }
    func has(_ mark: Unicode.Scalar, _ place: Int) -> Bool { bytes[place] == UInt8(ascii: mark) }
    guard let year = number(0..<4), has("-", 4), let month = number(5..<7), has("-", 7),
      let day = number(8..<10), has("T", 10) || has("t", 10) || has(" ", 10),
      let hour = number(11..<13), has(":", 13), let minute = number(14..<16), has(":", 16),
      let second = number(17..<19), (1...12).contains(month), day >= 1,
      day <= days(of: month, year), hour < 24, minute < 60, second <= 60
    else { return nil }
    var place = 19
    var fraction = 0.0
    if has(".", place) {
      var weight = 0.1
      place += 1
      while place < bytes.count, let digit = digit(bytes[place]) {
        fraction += Double(digit) * weight
        weight /= 10
        place += 1
      }
      guard place > 20 else { return nil }
    }
    guard let zone = zoneMinutes(bytes[place...]) else { return nil }
    let minutes = (dayNumber(year, month, day) * 24 + hour) * 60 + minute - zone
    return Date(timeIntervalSince1970: Double(minutes * 60 + second) + fraction)
  }

  /// Minutes east of Greenwich: `Z`, `z`, `+01:00`, `-05:30`.
  private static func zoneMinutes(_ bytes: ArraySlice<UInt8>) -> Int? {
    let zone = Array(bytes)
    if zone == [UInt8(ascii: "Z")] || zone == [UInt8(ascii: "z")] { return 0 }
    guard zone.count == 6, zone[3] == UInt8(ascii: ":"), let a = digit(zone[1]),
      let b = digit(zone[2]), let c = digit(zone[4]), let d = digit(zone[5])
    else { return nil }
    let hours = a * 10 + b
    let minutes = c * 10 + d
    guard hours < 24, minutes < 60 else { return nil }
    switch zone[0] {
    case UInt8(ascii: "+"): return hours * 60 + minutes
    case UInt8(ascii: "-"): return -(hours * 60 + minutes)
    default: return nil
    }
  }

  private static func digit(_ byte: UInt8) -> Int? {
    UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte ? Int(byte - UInt8(ascii: "0")) : nil
  }

  private static func floored(_ value: Int, _ divisor: Int) -> Int {
    value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor)
  }

  private static func days(of month: Int, _ year: Int) -> Int {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  }

  /// Days from 1970-01-01 to a day of the Gregorian calendar, counting years from March.
  private static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month > 2 ? year : year - 1
    let month = month > 2 ? month - 3 : month + 9
    let leapDays = floored(year, 4) - floored(year, 100) + floored(year, 400)
    return year * 365 + leapDays + (153 * month + 2) / 5 + day - 1 - 719_468
  }

  /// The inverse of `dayNumber`.
  private static func calendar(_ day: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = day + 719_468
    let era = floored(shifted, 146_097)
    let inEra = shifted - era * 146_097
    let yearOfEra = (inEra - inEra / 1_460 + inEra / 36_524 - inEra / 146_096) / 365
    let inYear = inEra - (yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100)
    let fromMarch = (5 * inYear + 2) / 153
    let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, inYear - (153 * fromMarch + 2) / 5 + 1)
  }
}
