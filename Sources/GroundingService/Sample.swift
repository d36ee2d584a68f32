/// Chooses a fraction of all reports by their ids alone, so that a replay chooses the same ones.
struct Sample: Sendable {
  let fraction: Double

  /// - Parameter fraction: 0 chooses none, 1 all.
  init(fraction: Double) {
    precondition((0...1).contains(fraction), "a fraction of \(fraction)")
    self.fraction = fraction
  }

  func includes(_ reportID: String) -> Bool { Self.place(of: reportID) < fraction }

  /// In 0..<1, evenly over many ids: FNV-1a of 64 bits (Fowler, Noll and Vo), its bits mixed as
  /// SplitMix64 ends (Steele et al., 2014), since neighbouring ids would else lie close together.
  private static func place(of reportID: String) -> Double {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in reportID.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ hash >> 27) &* 0x94D0_49BB_1331_11EB
    hash ^= hash >> 31
    return Double(hash >> 11) * 0x1p-53
  }
}
