internal import Boxes
internal import Glibc

/// The anatomy that `SyntheticRadiograph` draws, in fractions of the picture: x to the right, y down.
///
/// Each structure adds to, or takes from, the brightness; edges are smooth ramps.
struct Chest {
  /// Offset of the midline, from a patient who stands askew.
  private let midline: Double
  /// Around 1: how broad the chest is.
  private let breadth: Double
  /// How far below its usual place the diaphragm stands.
  private let breath: Double
  private let heart: Ellipse
  private let marks: [Mark]
  private let texture: ValueNoise

  init(findings: [SyntheticRadiograph.Finding], using random: inout SeededRandom) {
    midline = 0.5 + random.spread(0.012)
    breadth = 1 + random.spread(0.04)
    breath = random.spread(0.02)
    let growth = findings.contains(.cardiomegaly) ? 1.42 + random.spread(0.06) : 1
    heart = Ellipse(
      x: midline + 0.048 * growth, y: 0.665 - 0.02 * (growth - 1) + breath,
      halfWidth: 0.128 * growth, halfHeight: 0.15 * (1 + 0.4 * (growth - 1)))
    texture = ValueNoise(seed: random.next())
    var marks: [Mark] = []
    for finding in SyntheticRadiograph.Finding.allCases where findings.contains(finding) {
      marks.append(
        Mark(finding, midline: midline, breadth: breadth, breath: breath, using: &random))
    }
    self.marks = marks
  }

  /// 0 for air … 1 for dense bone, before noise.
  func brightness(x: Double, y: Double) -> Double {
    let side: Double = x < midline ? -1 : 1
    let out = (x - midline) * side / breadth  // distance from the midline
    let body = inside(bodyHalfWidth(y) - out, ramp: 0.025)
    var brightness = 0.62 + 0.1 * y - 0.25 * out
    let lung = lung(out: out, y: y, side: side)
    brightness -= 0.4 * lung * (1 - 0.25 * y)
    brightness += middle(x: x, out: out, y: y)
    brightness += ribs(out: out, y: y) + clavicles(out: out, y: y)
    brightness += vessels(out: out, x: x, y: y) * lung
    let heartDepth = inside(heart.depth(x: x, y: y), ramp: 0.03)
    brightness += heartDepth * (0.06 + 0.24 * lung)
    for mark in marks { brightness += mark.brightness(x: x, y: y, lung: lung, texture) }
    brightness -= stomach(x: x, y: y)
    brightness += 0.03 * (texture(x * 6, y * 6) - 0.5)
    return 0.02 + body * 0.95 * brightness
  }

  /// Nil only for a box outside the picture, which no anatomy reaches.
  func box(of finding: SyntheticRadiograph.Finding) -> BoundingBox? {
    if finding == .cardiomegaly { return heart.box }
    return marks.first { $0.finding == finding }?.box
  }

  private func bodyHalfWidth(_ y: Double) -> Double {
    0.12 + 0.36 * inside(y - 0.115, ramp: 0.17) - 0.03 * inside(y - 0.45, ramp: 0.5)
  }

  /// 1 in the lung … 0 outside. A lung is a blunt ellipse that widens downwards, cut by the dome of
  /// the diaphragm; the right dome (side −1) stands higher.
  private func lung(out: Double, y: Double, side: Double) -> Double {
    let halfWidth = 0.15 + 0.07 * (y - 0.13)
    let across = abs(out - 0.205 - 0.03 * (y - 0.5)) / halfWidth
    let along = abs(y - 0.52) / 0.405
    let radius = pow(pow(across, 2.4) + pow(along, 2.4), 1 / 2.4)
    let dome = Self.diaphragm(out: out, side: side) + breath
    return inside((1 - radius) * halfWidth, ramp: 0.03) * inside(dome - y, ramp: 0.016)
  }

  static func diaphragm(out: Double, side: Double) -> Double {
    let fromTop = (out - 0.17) / 0.2
    return (side < 0 ? 0.755 : 0.78) + 0.075 * fromTop * fromTop
  }

  /// The mediastinum with spine, aortic knob and the dark airway.
  private func middle(x: Double, out: Double, y: Double) -> Double {
    let mediastinum = inside(0.055 + 0.03 * y - out, ramp: 0.035)
    let vertebra = 0.5 + 0.5 * cos(y * 90)
    let spine = inside(0.032 - out, ramp: 0.02) * (0.07 + 0.03 * vertebra)
    let airway =
      inside(0.016 - abs(x - midline + 0.004), ramp: 0.016) * inside(0.39 - y, ramp: 0.08)
    let knob = Ellipse(x: midline + 0.062, y: 0.355, halfWidth: 0.036, halfHeight: 0.045)
    return 0.14 * mediastinum + spine - 0.13 * airway
      + 0.16 * inside(knob.depth(x: x, y: y), ramp: 0.02)
  }

  /// Posterior ribs fall gently outwards and bend down at the wall; anterior ends are fainter.
  private func ribs(out: Double, y: Double) -> Double {
    let wall = inside(0.405 - out, ramp: 0.03) * inside(out - 0.03, ramp: 0.04)
    let within = wall * inside(y - 0.12, ramp: 0.06) * inside(0.93 - y, ramp: 0.2)
    let bend = pow(max(0, out - 0.12) / 0.28, 2.6)
    let back = band(y + 0.035 * sin(out * 9) - 0.19 * bend, every: 0.073, offset: 0.03)
    let front = band(y - 0.55 * (0.36 - out), every: 0.085, offset: 0.01)
    let frontal = inside(out - 0.11, ramp: 0.1)
    return within * (0.085 * back + 0.04 * front * frontal)
  }

  /// 1 on the centre line of a rib, 0.75 at its rim, 0 between ribs.
  private func band(_ position: Double, every spacing: Double, offset: Double) -> Double {
    let turns = (position - offset) / spacing
    let distance = abs(turns - turns.rounded()) * spacing
    return inside(0.0125 - distance, ramp: 0.009) * (0.75 + 12 * distance)
  }

  private func clavicles(out: Double, y: Double) -> Double {
    let line = 0.235 - 0.27 * out + 0.28 * out * out + 0.012 * sin(out * 16)
    let along = inside(out - 0.035, ramp: 0.02) * inside(0.4 - out, ramp: 0.05)
    return 0.13 * along * inside(0.0135 - abs(y - line), ramp: 0.011)
  }

  /// Branches that thin out away from the hilum.
  private func vessels(out: Double, x: Double, y: Double) -> Double {
    let (dx, dy) = (out - 0.08, y - 0.47)
    let distance = (dx * dx + dy * dy).squareRoot()
    let angle = atan2(dy, dx)
    let side: Double = x < midline ? 0 : 60
    let strands = texture(angle * 4 + 40, distance * 12 + side)
    let clumps = texture(x * 24 + 10, y * 24)
    let near = exp(-distance * distance / 0.006)
    let branches = (1 - near) * exp(-distance / 0.16) * (strands - 0.35)
    return 0.12 * near * (0.3 + clumps) + 0.15 * branches
  }

  /// Air under the left dome.
  private func stomach(x: Double, y: Double) -> Double {
    let bubble = Ellipse(
      x: midline + 0.2, y: 0.845 + breath, halfWidth: 0.062, halfHeight: 0.026)
    return 0.17 * inside(bubble.depth(x: x, y: y), ramp: 0.03)
  }
}

/// 0 outside, 1 inside, a smooth ramp between; `depth` is the distance to the edge, positive inside.
func inside(_ depth: Double, ramp: Double) -> Double {
  let t = min(1, max(0, 0.5 + depth / ramp))
  return t * t * (3 - 2 * t)
}
