internal import Seeds

extension Anatomy {
  /// What a finding makes of the organs; most leave them as they are.
  mutating func suffer(_ finding: Finding) {
    let size = finding.size
    switch finding.kind {
    case .cardiomegaly:
      heart.halfWidth = 0.215 + 0.05 * size
      heart.halfHeight *= 1.12 + 0.12 * size
      heart.center.x += 0.012
      heart.center.y -= 0.02
      heart.tilt *= 0.6
    case .hemidiaphragm:
      if finding.places[0].side == .right {
        rightDome -= 0.09 + 0.05 * size
      } else {
        leftDome -= 0.11 + 0.05 * size
      }
    case .hyperinflation:
      (rightDome, leftDome) = (rightDome + 0.06, leftDome + 0.06)
      doming = 0.035
      base += 0.03
      aeration += 0.05
      heart.halfWidth *= 0.82
      heart.center.y += 0.03
    case .mediastinum: mediastinum = 0.09 + 0.025 * size
    case .aorta:
      knob.halfWidth *= 1.5 + 0.3 * size
      knob.halfHeight *= 1.35 + 0.3 * size
      knob.center.x += 0.014
    case .scoliosis: sway = (finding.seed & 1 == 0 ? 1 : -1) * (0.035 + 0.02 * size)
    default: break
    }
  }

  /// A point in a lung: at a height 0 (apex) … 1 (base), and 0 (inner) … 1 (outer edge) across.
  func point(_ side: Side, _ t: Float, across: Float) -> Point {
    let out = medial(t) + across * (lateral(t) - medial(t))
    return Point(side.sign * out, y(t))
  }

  /// A point about the middle of a third, where lung shows beside the heart.
  func middle(of place: Place, using random: inout SeededNumbers) -> Point {
    let t: Float =
      switch place.zone {
      case .upper: 0.21
      case .middle: 0.5
      default: 0.73
      }
    let across: Float = place.side == .left && place.zone == .lower ? 0.68 : 0.55
    return point(place.side, t + random.spread(0.05), across: across + random.spread(0.1))
  }
}

extension Side {
  /// −1 for the patient's right, on the left of the picture; 1 for the left.
  var sign: Float { self == .right ? -1 : 1 }
}
