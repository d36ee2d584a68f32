internal import Glibc
internal import Seeds

extension FindingPainter {
  /// Bone, and devices that have a side.
  func drawHard(
    _ finding: Finding, at place: Place, on canvas: inout Canvas,
    using random: inout SeededNumbers
  ) {
    let sign = place.side.sign
    func at(_ out: Float, _ y: Float) -> Point { Point(sign * out, y) }
    switch finding.kind {
    case .fracture: fracture(at: sign, finding.size, on: &canvas, using: &random)
    case .centralLine:
      let tip = Point(-0.05, random.between(-0.06, 0.02))
      let cava = Point(-0.052, -0.15)
      let isJugular = random.chance(0.5)
      let vein = isJugular ? [at(0.1, -0.52), at(0.08, -0.34)] : [at(0.36, -0.19), at(0.2, -0.27)]
      let crossing = place.side == .left ? [Point(0.03, -0.235)] : [at(0.075, -0.25)]
      canvas.stroke(
        curve(vein + crossing + [cava, tip]), thickness: 0.011, ramp: 0.004, amount: 0.26)
    case .pacemaker:
      let box = Ellipse(
        center: at(0.31, -0.19 + random.spread(0.02)), halfWidth: 0.05, halfHeight: 0.042,
        tilt: 0.2 * sign)
      canvas.fill(box, ramp: 0.006, amount: 0.4)
      let entry = [box.center, at(0.2, -0.265), at(0.08, -0.24), Point(-0.05, -0.14)]
      let chamber = [Point(-0.06, 0.03), Point(0.02, 0.2), Point(0.13, 0.22)]
      canvas.stroke(curve(entry + chamber), thickness: 0.009, ramp: 0.004, amount: 0.26)
    case .drain:
      let end = at(0.17 + random.spread(0.02), -0.27 + 0.15 * finding.size)
      let tube = curve([at(0.47, 0.13), at(0.36, 0.08), at(0.26, -0.06), end])
      canvas.stroke(tube, thickness: 0.02, ramp: 0.005, amount: 0.11)
      canvas.stroke(tube, thickness: 0.006, ramp: 0.003, amount: 0.16)
    default: preconditionFailure("\(finding.kind) is not hard")
    }
  }

  /// A gap in a rib whose outer piece has sunk.
  private func fracture(
    at sign: Float, _ size: Float, on canvas: inout Canvas, using random: inout SeededNumbers
  ) {
    let number = 4 + Int(random.next() >> 33) % 3
    let out = anatomy.breadth * random.between(0.27, 0.33)
    func rib(_ out: Float, sunk: Float = 0) -> Point {
      Point(sign * out, anatomy.rib(number, out) + sunk)
    }
    let gap = rib(out)
    canvas.stroke(
      [Point(gap.x - 0.006, gap.y - 0.02), Point(gap.x + 0.006, gap.y + 0.02)], thickness: 0.014,
      ramp: 0.005, amount: -0.2)
    let sunk = 0.018 + 0.008 * size
    canvas.stroke(
      [
        rib(out + 0.008, sunk: sunk), rib(out + 0.03, sunk: sunk), rib(out + 0.052, sunk: sunk / 2),
      ],
      thickness: 0.024, ramp: 0.008, amount: 0.2)
  }

  /// What lies in the midline.
  func drawMiddle(
    _ finding: Finding, on canvas: inout Canvas, using random: inout SeededNumbers
  ) {
    switch finding.kind {
    case .mediastinum:
      canvas.paint(Area(-0.2, -0.4, 0.2, 0.05)) { point, _ in
        let along = inside(point.y + 0.3, ramp: 0.03) * inside(-0.03 - point.y, ramp: 0.04)
        return 0.08 * along * inside(anatomy.mediastinum - abs(point.x), ramp: 0.02)
      }
    case .aorta:
      let knob = anatomy.knob
      canvas.ring(knob, wall: 0.012, ramp: 0.012, amount: 0.06)
      canvas.stroke(
        curve([
          Point(knob.center.x + knob.halfWidth * 0.4, knob.center.y), Point(0.1, -0.04),
          Point(0.085, 0.12), Point(0.05, 0.25),
        ]), thickness: 0.05, ramp: 0.015, amount: 0.09)
    case .calcification:
      let knob = anatomy.knob
      let arc = (0..<12).map { step -> Point in
        let angle = -2.2 + 3.4 * Float(step) / 11
        return Point(
          knob.center.x + 0.92 * knob.halfWidth * cos(angle),
          knob.center.y + 0.92 * knob.halfHeight * sin(angle))
      }
      canvas.stroke(arc, thickness: 0.013, ramp: 0.005, amount: 0.3)
    case .wires:
      for number in 0..<6 {
        let center = Point(random.spread(0.006), -0.13 + 0.065 * Float(number))
        canvas.ring(
          Ellipse(center: center, halfWidth: 0.022, halfHeight: 0.015), wall: 0.008, ramp: 0.004,
          amount: 0.34)
      }
    case .trachealTube, .gastricTube: drawTube(finding, on: &canvas)
    default: preconditionFailure("\(finding.kind) has a side")
    }
  }

  /// A tube that enters by mouth or nose.
  private func drawTube(_ finding: Finding, on canvas: inout Canvas) {
    if finding.kind == .trachealTube {
      let tube = [Point(0.006, -0.62), Point(-0.003, -0.21 - 0.05 * finding.size)]
      canvas.stroke(tube, thickness: 0.024, ramp: 0.005, amount: 0.14)
      canvas.stroke(tube, thickness: 0.007, ramp: 0.003, amount: 0.2)
    } else {
      let tube = curve([
        Point(0.012, -0.62), Point(0.012, -0.25), Point(0.014, 0), Point(0.035, 0.2),
        Point(0.09, 0.31), Point(0.16 + 0.05 * finding.size, 0.36),
      ])
      canvas.stroke(tube, thickness: 0.012, ramp: 0.004, amount: 0.24)
    }
  }
}
