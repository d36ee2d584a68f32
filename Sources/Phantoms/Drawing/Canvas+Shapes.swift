internal import Seeds

/// A tilted ellipse of the body.
struct Ellipse: Hashable, Sendable {
  var center: Point
  var halfWidth, halfHeight: Float
  /// Sine of the tilt, clockwise in the picture.
  var tilt: Float = 0

  /// Distance to the edge, positive inside; exact on the edge and near enough elsewhere.
  @inline(__always) func depth(_ point: Point) -> Float {
    let cosine = (1 - tilt * tilt).squareRoot()
    let (dx, dy) = (point.x - center.x, point.y - center.y)
    let (u, v) = (
      (cosine * dx + tilt * dy) / halfWidth, (cosine * dy - tilt * dx) / halfHeight
    )
    return (1 - (u * u + v * v).squareRoot()) * min(halfWidth, halfHeight)
  }

  /// Large enough, however it is tilted.
  var area: Area {
    let radius = tilt == 0 ? 0 : max(halfWidth, halfHeight)
    return Area(around: center, max(radius, halfWidth) + 0.02, max(radius, halfHeight) + 0.02)
  }
}

extension Canvas {
  /// A line through points, without doubled brightness where its pieces meet.
  ///
  /// - Parameters:
  ///   - thickness: from edge to edge.
  ///   - end: the thickness at the last point; the same when nil.
  mutating func stroke(
    _ points: [Point], thickness: Float, end: Float? = nil, ramp: Float = 0.004, amount: Float
  ) {
    for number in 0..<max(0, points.count - 1) {
      let (from, to) = (points[number], points[number + 1])
      let (dx, dy) = (to.x - from.x, to.y - from.y)
      let length = max(1e-5, (dx * dx + dy * dy).squareRoot())
      let reach = thickness / 2 + ramp
      let area = Area(
        min(from.x, to.x) - reach, min(from.y, to.y) - reach, max(from.x, to.x) + reach,
        max(from.y, to.y) + reach)
      let steps = Float(points.count - 1)
      paint(area) { point, _ in
        let (px, py) = (point.x - from.x, point.y - from.y)
        let along = (px * dx + py * dy) / length
        guard along >= 0, along < length else { return 0 }
        let across = abs(px * dy - py * dx) / length
        let share = (Float(number) + along / length) / steps
        let half = (thickness + ((end ?? thickness) - thickness) * share) / 2
        return amount * inside(half - across, ramp: ramp)
      }
    }
  }

  /// A filled ellipse.
  mutating func fill(_ ellipse: Ellipse, ramp: Float, amount: Float) {
    paint(ellipse.area) { point, _ in amount * inside(ellipse.depth(point), ramp: ramp) }
  }

  /// The wall of an ellipse, inwards from its edge.
  mutating func ring(_ ellipse: Ellipse, wall: Float, ramp: Float = 0.006, amount: Float) {
    paint(ellipse.area) { point, _ in
      let depth = ellipse.depth(point)
      return amount * (inside(depth, ramp: ramp) - inside(depth - wall, ramp: ramp))
    }
  }
}

/// A smooth line through a few points (Catmull and Rom, 1974).
func curve(_ points: [Point], steps: Int = 8) -> [Point] {
  var result: [Point] = []
  for index in 0..<max(0, points.count - 1) {
    let (a, b) = (points[max(0, index - 1)], points[index])
    let (c, d) = (points[index + 1], points[min(points.count - 1, index + 2)])
    for step in 0..<steps {
      let t = Float(step) / Float(steps)
      func blend(_ a: Float, _ b: Float, _ c: Float, _ d: Float) -> Float {
        let bend = (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t * t * t
        return 0.5 * (2 * b + (c - a) * t + bend)
      }
      result.append(Point(blend(a.x, b.x, c.x, d.x), blend(a.y, b.y, c.y, d.y)))
    }
  }
  return result + points.suffix(1)
}

/// Smooth random values on the plane, 0 … 1, that repeat every 64.
struct Clouds: Sendable {
  private let values: [Float]

  init(seed: UInt64) {
    var random = SeededNumbers(seed: seed)
    values = (0..<4_096).map { _ in random.unit() }
  }

  /// Two layers: the coarse one has hills about 1 wide.
  @inline(__always) func callAsFunction(_ x: Float, _ y: Float) -> Float {
    0.65 * layer(x, y) + 0.35 * layer(2 * x + 17, 2 * y + 31)
  }

  @inline(__always) private func layer(_ x: Float, _ y: Float) -> Float {
    // Positive numbers are rounded down by leaving off what follows the point.
    let (x, y) = (x + 256, y + 256)
    let (column, row) = (Int32(x), Int32(y))
    let (u, v) = (ease(x - Float(column)), ease(y - Float(row)))
    let (left, top) = (Int(column & 63), Int(row & 63) * 64)
    let (right, bottom) = ((left + 1) & 63, (top + 64) & 4_095)
    let upper = values[top + left] * (1 - u) + values[top + right] * u
    let lower = values[bottom + left] * (1 - u) + values[bottom + right] * u
    return upper * (1 - v) + lower * v
  }

  @inline(__always) private func ease(_ t: Float) -> Float { t * t * (3 - 2 * t) }
}
