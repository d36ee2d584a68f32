/// One partition of the outbound topic: which row stands at which offset.
struct OutboundTopic: Hashable {
  /// Two bits an offset, so there is room for four: three rows, and one that came twice.
  private var places: UInt8 = 0
  private(set) var end: UInt8 = 0

  mutating func append(_ row: UInt8) {
    precondition(end < 4 && row < 4, "row \(row) at offset \(end)")
    places |= row << (2 * end)
    end += 1
  }

  /// The rows at that offset and after it.
  func rows(from start: UInt8) -> Rows {
    var rows = Rows.none
    var offset = start
    while offset < end {
      rows += Rows(self[offset])
      offset += 1
    }
    return rows
  }

  /// Where the row first appears.
  func firstOffset(of row: UInt8) -> UInt8? {
    var offset: UInt8 = 0
    while offset < end {
      if self[offset] == row { return offset }
      offset += 1
    }
    return nil
  }

  /// Whether a row stands there twice.
  var hasDouble: Bool {
    var seen = Rows.none
    var offset: UInt8 = 0
    while offset < end {
      if seen.contains(self[offset]) { return true }
      seen += Rows(self[offset])
      offset += 1
    }
    return false
  }

  private subscript(offset: UInt8) -> UInt8 { places >> (2 * offset) & 3 }
}
