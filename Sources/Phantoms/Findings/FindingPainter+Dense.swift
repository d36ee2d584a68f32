internal import Seeds

extension FindingPainter {
  /// What makes the lung itself denser.
  func drawDense(
    _ finding: Finding, at place: Place, on canvas: inout Canvas,
    using random: inout SeededNumbers
  ) {
    let size = finding.size
    var center = anatomy.middle(of: place, using: &random)
    switch finding.kind {
    case .consolidation:
      let narrow: Float = place.zone == .upper ? 0.8 : 1
      patch(
        Ellipse(
          center: center, halfWidth: narrow * (0.075 + 0.05 * size + random.spread(0.01)),
          halfHeight: 0.07 + 0.045 * size + random.spread(0.01)), amount: 0.27, on: &canvas)
    case .edema:
      center = Point(place.side.sign * (0.165 + 0.02 * size), 0.0)
      patch(
        Ellipse(center: center, halfWidth: 0.1 + 0.02 * size, halfHeight: 0.18), amount: 0.22,
        on: &canvas)
    case .interstitial:
      net(
        Ellipse(center: center, halfWidth: 0.1 + 0.03 * size, halfHeight: 0.1 + 0.03 * size),
        on: &canvas)
    case .atelectasis: plate(center, size, on: &canvas, using: &random)
    case .nodule: ball(center, 0.027 + 0.009 * size, amount: 0.22, on: &canvas)
    case .metastases:
      ball(center, 0.022 + random.between(0, 0.012), amount: 0.2, on: &canvas)
    case .mass: ball(center, 0.055 + 0.035 * size, amount: 0.26, on: &canvas)
    case .granuloma: ball(center, 0.019 + 0.005 * size, amount: 0.38, on: &canvas)
    case .cavity:
      let shape = Ellipse(
        center: center, halfWidth: 0.05 + 0.025 * size, halfHeight: 0.048 + 0.022 * size)
      canvas.ring(shape, wall: 0.015, amount: 0.24)
    case .hilum:
      center = Point(place.side.sign * 0.1, place.side == .right ? -0.035 : -0.055)
      lump(center, 0.048 + 0.014 * size, on: &canvas)
    default: preconditionFailure("\(finding.kind) is not dense")
    }
  }

  /// A cloudy patch that ends where the lung does.
  private func patch(_ shape: Ellipse, amount: Float, on canvas: inout Canvas) {
    let clouds = anatomy.clouds
    var area = shape.area
    (area.left, area.right) = (area.left - 0.03, area.right + 0.03)
    (area.top, area.bottom) = (area.top - 0.03, area.bottom + 0.03)
    canvas.paint(area) { point, index in
      let cloud = clouds(point.x * 16 + 30, point.y * 16 + 30)
      let depth = shape.depth(point) + 0.07 * (cloud - 0.5)
      return amount * lung[index] * inside(depth, ramp: 0.05) * (0.65 + 0.6 * cloud)
    }
  }

  /// Fine lines in all directions.
  private func net(_ shape: Ellipse, on canvas: inout Canvas) {
    let clouds = anatomy.clouds
    canvas.paint(shape.area) { point, index in
      let strands = abs(clouds(point.x * 55 + 7, point.y * 55 + 3) - 0.5)
      let line = inside(0.055 - strands, ramp: 0.08)
      return lung[index] * inside(shape.depth(point), ramp: 0.03) * (0.03 + 0.17 * line)
    }
  }

  /// A band of collapsed lung, more or less level.
  private func plate(
    _ center: Point, _ size: Float, on canvas: inout Canvas, using random: inout SeededNumbers
  ) {
    let half = Point(0.075 + 0.03 * size, random.spread(0.03))
    canvas.stroke(
      curve([
        Point(center.x - half.x, center.y - half.y),
        Point(center.x, center.y + random.spread(0.01)),
        Point(center.x + half.x, center.y + half.y),
      ]), thickness: 0.024 + 0.01 * size, ramp: 0.01, amount: 0.19)
  }

  private func ball(
    _ center: Point, _ radius: Float, amount: Float, on canvas: inout Canvas
  ) {
    let clouds = anatomy.clouds
    let shape = Ellipse(center: center, halfWidth: radius, halfHeight: radius)
    canvas.paint(shape.area) { point, _ in
      let ragged = 0.25 * radius * (clouds(point.x * 40, point.y * 40) - 0.5)
      return amount * inside(shape.depth(point) + ragged, ramp: 0.014)
    }
  }

  /// A lobulated hilum.
  private func lump(_ center: Point, _ radius: Float, on canvas: inout Canvas) {
    let parts = [Point(0, -0.5), Point(0.35, 0.1), Point(-0.1, 0.6)].map { offset in
      Ellipse(
        center: Point(center.x + offset.x * radius, center.y + offset.y * radius),
        halfWidth: radius * 0.85, halfHeight: radius * 0.8)
    }
    let area = Area(around: center, 2 * radius, 2 * radius)
    canvas.paint(area) { point, _ in
      0.2 * inside(parts.reduce(-1) { max($0, $1.depth(point)) }, ramp: 0.018)
    }
  }
}
