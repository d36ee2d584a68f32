/// Some regions of an `Anatomy`, by their numbers there: 0…63.
public struct RegionSet: Hashable, Sendable {
  private(set) var bits: UInt64 = 0

  /// None.
  public init() {}

  init(_ numbers: some Sequence<Int>) {
    for number in numbers { insert(number) }
  }

  private init(bits: UInt64) { self.bits = bits }

  public var count: Int { bits.nonzeroBitCount }
  public var isEmpty: Bool { bits == 0 }

  /// In rising order.
  var numbers: [Int] { (0..<64).filter { contains($0) } }

  func contains(_ number: Int) -> Bool { bits & Self.bit(number) != 0 }

  mutating func insert(_ number: Int) { bits |= Self.bit(number) }

  func union(_ other: RegionSet) -> RegionSet { RegionSet(bits: bits | other.bits) }

  func intersection(_ other: RegionSet) -> RegionSet { RegionSet(bits: bits & other.bits) }

  private static func bit(_ number: Int) -> UInt64 {
    precondition(0..<64 ~= number, "region \(number) of at most 64")
    return 1 << UInt64(number)
  }
}
