/// Rows of the outbox, named by the source offsets of their messages.
struct Rows: Hashable {
  private(set) var bits: UInt8 = 0

  static let none = Rows()

  /// The rows before that offset.
  static func before(_ end: UInt8) -> Rows { Rows(bits: (1 << end) - 1) }

  private init(bits: UInt8 = 0) { self.bits = bits }

  init(_ row: UInt8) { bits = 1 << row }

  var isEmpty: Bool { bits == 0 }

  /// The one with the lowest offset.
  var first: UInt8? { bits == 0 ? nil : UInt8(bits.trailingZeroBitCount) }

  func contains(_ row: UInt8) -> Bool { bits & 1 << row != 0 }

  static func + (left: Rows, right: Rows) -> Rows { Rows(bits: left.bits | right.bits) }
  static func - (left: Rows, right: Rows) -> Rows { Rows(bits: left.bits & ~right.bits) }
  static func & (left: Rows, right: Rows) -> Rows { Rows(bits: left.bits & right.bits) }
  static func += (left: inout Rows, right: Rows) { left = left + right }
  static func -= (left: inout Rows, right: Rows) { left = left - right }
}
