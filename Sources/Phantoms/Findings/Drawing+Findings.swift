internal import Seeds

extension Drawing {
  /// Draws a finding into the anatomy that `suffer` has made, and says where it can be seen: a box
  /// for each of its places, or one.
  mutating func draw(_ finding: Finding) -> [Extent] {
    var random = SeededNumbers(seed: finding.seed)
    let painter = FindingPainter(anatomy: anatomy, lung: lung)
    switch finding.kind {
    case .cardiomegaly: return [organs[.heart]].compactMap { $0 }
    case .hyperinflation: return [organs[.rightLung], organs[.leftLung]].compactMap { $0 }
    case .scoliosis: return [organs[.spine]].compactMap { $0 }
    case .mediastinum, .aorta, .calcification, .wires, .trachealTube, .gastricTube:
      return [
        canvas.measure { painter.drawMiddle(finding, on: &$0, using: &random) }
      ].compactMap { $0 }
    default:
      return finding.places.compactMap { place in
        canvas.measure { painter.draw(finding, at: place, on: &$0, using: &random) }
      }
    }
  }
}
