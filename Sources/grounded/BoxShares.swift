internal import Datasets

/// How many boxes the sentences of a manifest have.
struct BoxShares: CustomStringConvertible {
  private(set) var none = 0
  private(set) var one = 0
  private(set) var several = 0

  init(_ entries: some Sequence<ManifestEntry>) {
    for entry in entries {
      switch entry.boxes.count {
      case 0: none += 1
      case 1: one += 1
      default: several += 1
      }
    }
  }

  var description: String {
    let total = none + one + several
    func share(_ count: Int) -> Int { Int((100 * Double(count) / Double(max(1, total))).rounded()) }
    return "\(total) sentences (no box \(share(none)) %, one \(share(one)) %, "
      + "several \(share(several)) %)"
  }
}
