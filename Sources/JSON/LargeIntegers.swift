extension ArraySlice<UInt8> {
  /// Where integers end that no `Int64` holds, in what may be JSON; those within strings do not count.
  func endsOfLargeIntegers() -> [Int] {
    var ends: [Int] = []
    var place = startIndex
    while place < endIndex {
      switch self[place] {
      case UInt8(ascii: "\""): place = endOfString(from: place)
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        let start = place
        place = self[start...].firstIndex { !Self.mayBeOfNumber($0) } ?? endIndex
        if isLargeInteger(start..<place) { ends.append(place) }
      default: place += 1
      }
    }
    return ends
  }

  /// The bytes with others put in at these places, which are in order.
  func inserting(_ insertion: [UInt8], at places: [Int]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count + places.count * insertion.count)
    var start = startIndex
    for place in places {
      result += self[start..<place] + insertion
      start = place
    }
    return result + self[start...]
  }

  /// Behind the quote that closes the string that begins at `start`.
  private func endOfString(from start: Int) -> Int {
    var place = start + 1
    while place < endIndex, self[place] != UInt8(ascii: "\"") {
      place += self[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    return Swift.min(place + 1, endIndex)
  }

  /// No `Int64` has less than 19 digits and is too large.
  private func isLargeInteger(_ range: Range<Int>) -> Bool {
    let digits = self[range].first == UInt8(ascii: "-") ? range.dropFirst() : range
    guard digits.count >= 19,
      self[digits].allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") })
    else { return false }
    return Int64(String(decoding: self[range], as: UTF8.self)) == nil
  }

  private static func mayBeOfNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
      UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }
}

extension JSONError {
  /// The same problem in the bytes without what was put in at these places.
  func moved(back length: Int, from places: [Int]) -> JSONError {
    var byte = byte
    for (index, place) in places.enumerated() where place + (index + 1) * length <= self.byte {
      byte -= length
    }
    return JSONError(byte: byte, line: line, reason: reason, isOverflow: isOverflow)
  }
}
