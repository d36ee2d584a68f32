internal import Seeds

extension Drawing {
  /// What lies on films beside the patient, and no report speaks of: a letter for the side, and
  /// leads on those who lie in bed.
  mutating func drawSurroundings(_ projection: Projection, using random: inout SeededNumbers) {
    if random.chance(0.6) {
      let side = random.pick(Side.allCases)
      let corner = Point(side.sign * random.between(0.36, 0.42), random.between(-0.44, -0.36))
      drawLetter(of: side, at: corner)
    }
    guard projection != .pa else { return }
    for _ in 0..<random.pick([0, 0, 1, 2, 3]) { drawLead(using: &random) }
  }

  private mutating func drawLetter(of side: Side, at corner: Point) {
    let strokes: [[Point]] =
      side == .right
      ? [
        [
          Point(0, 1), Point(0, 0), Point(0.5, 0), Point(0.6, 0.25), Point(0.5, 0.5), Point(0, 0.5),
        ],
        [Point(0.25, 0.5), Point(0.65, 1)],
      ]
      : [[Point(0, 0), Point(0, 1), Point(0.6, 1)]]
    for stroke in strokes {
      let points = stroke.map { Point(corner.x + 0.04 * $0.x, corner.y + 0.04 * $0.y) }
      canvas.stroke(points, thickness: 0.008, ramp: 0.003, amount: 0.45)
    }
  }

  /// A thin wire from an electrode to the edge.
  private mutating func drawLead(using random: inout SeededNumbers) {
    let sign: Float = random.chance(0.5) ? -1 : 1
    let electrode = Point(sign * random.between(0.1, 0.35), random.between(-0.3, 0.3))
    let end = Point(sign * 0.6, electrode.y + random.spread(0.25))
    let middle = Point(
      (electrode.x + end.x) / 2, (electrode.y + end.y) / 2 + random.spread(0.06))
    canvas.fill(
      Ellipse(center: electrode, halfWidth: 0.011, halfHeight: 0.011), ramp: 0.004, amount: 0.2)
    canvas.stroke(curve([electrode, middle, end]), thickness: 0.005, ramp: 0.003, amount: 0.12)
  }
}
