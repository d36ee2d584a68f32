internal import Seeds

/// Paints findings into a chest that is there already.
struct FindingPainter {
  let anatomy: Anatomy
  /// 1 where there is lung … 0 outside, by pixel.
  let lung: [Float]

  /// Paints what has sides, on one of them.
  func draw(
    _ finding: Finding, at place: Place, on canvas: inout Canvas,
    using random: inout SeededNumbers
  ) {
    switch finding.kind {
    case .consolidation, .edema, .interstitial, .atelectasis, .nodule, .mass, .metastases,
      .cavity, .granuloma, .hilum:
      drawDense(finding, at: place, on: &canvas, using: &random)
    case .effusion, .thickening, .pneumothorax, .bulla, .freeAir, .emphysema, .hemidiaphragm:
      drawPleural(finding, at: place, on: &canvas, using: &random)
    case .fracture, .centralLine, .pacemaker, .drain:
      drawHard(finding, at: place, on: &canvas, using: &random)
    default: preconditionFailure("\(finding.kind) has no side")
    }
  }
}
