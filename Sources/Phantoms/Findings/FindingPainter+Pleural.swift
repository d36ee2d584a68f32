internal import Seeds

extension FindingPainter {
  /// Fluid, thickening and air around the lung.
  func drawPleural(
    _ finding: Finding, at place: Place, on canvas: inout Canvas,
    using random: inout SeededNumbers
  ) {
    let half = place.side == .right ? Area(-0.6, -0.6, 0, 0.7) : Area(0, -0.6, 0.6, 0.7)
    let size = finding.size
    switch finding.kind {
    case .effusion: pool(0.1 + 0.24 * size + random.spread(0.02), half, on: &canvas)
    case .thickening:
      canvas.paint(half) { point, index in
        let t = anatomy.t(point.y)
        let fromWall = anatomy.lateral(t) - abs(point.x)
        let along = inside(t - 0.22, ramp: 0.12) * inside(0.74 - t, ramp: 0.12)
        return 0.22 * lung[index] * along * inside(0.03 + 0.014 * size - fromWall, ramp: 0.01)
      }
    case .pneumothorax: collapse(0.035 + 0.045 * size, half, on: &canvas)
    case .bulla:
      let shape = Ellipse(
        center: anatomy.middle(of: place, using: &random), halfWidth: 0.06 + 0.025 * size,
        halfHeight: 0.065 + 0.03 * size)
      canvas.paint(shape.area) { point, _ in
        let depth = shape.depth(point)
        let wall = inside(depth, ramp: 0.006) - inside(depth - 0.007, ramp: 0.006)
        return 0.13 * wall - 0.1 * inside(depth - 0.006, ramp: 0.008)
      }
    case .freeAir: freeAir(size, place.side, half, on: &canvas)
    case .hemidiaphragm: raisedDome(place.side, half, on: &canvas)
    case .emphysema: streaks(half, on: &canvas)
    default: preconditionFailure("\(finding.kind) is not pleural")
    }
  }

  /// Fluid that rises towards the wall.
  private func pool(_ depth: Float, _ half: Area, on canvas: inout Canvas) {
    let top = anatomy.base - depth
    canvas.paint(half) { point, index in
      let t = anatomy.t(point.y)
      let (medial, lateral) = (anatomy.medial(t), anatomy.lateral(t))
      let apart = min(1, max(0, (lateral - abs(point.x)) / (lateral - medial)))
      let surface = top + 0.45 * depth * (1 - (1 - apart) * (1 - apart))
      return 0.33 * lung[index] * inside(point.y - surface, ramp: 0.018)
    }
  }

  /// Air between the wall and a lung that has let go of it, with the lung's fine edge.
  private func collapse(_ gap: Float, _ half: Area, on canvas: inout Canvas) {
    canvas.paint(half) { point, index in
      let t = anatomy.t(point.y)
      let fromWall = anatomy.lateral(t) - abs(point.x) - gap * (1 - 0.5 * t)
      let fromApex = point.y - anatomy.apex - 2 * gap
      let depth = min(fromWall, fromApex)  // positive in what is left of the lung
      let along = inside(0.8 - t, ramp: 0.15)
      let edge = inside(depth, ramp: 0.004) - inside(depth - 0.006, ramp: 0.004)
      return lung[index] * along * (0.15 * edge - 0.13 * inside(-depth, ramp: 0.006))
    }
  }

  /// Air in the soft parts of the wall.
  private func streaks(_ half: Area, on canvas: inout Canvas) {
    let clouds = anatomy.clouds
    canvas.paint(half) { point, _ in
      let fromLung = abs(point.x) - anatomy.lateral(anatomy.t(point.y)) - 0.035
      let along = inside(point.y + 0.27, ramp: 0.08) * inside(0.2 - point.y, ramp: 0.1)
      let band = inside(fromLung, ramp: 0.02) * inside(0.475 - abs(point.x), ramp: 0.02)
      let cloud = clouds(point.x * 45 + 5, point.y * 16 + 5)
      return -0.24 * band * along * inside(cloud - 0.5, ramp: 0.2)
    }
  }

  /// A dark crescent under the dome.
  private func freeAir(_ size: Float, _ side: Side, _ half: Area, on canvas: inout Canvas) {
    canvas.paint(half) { point, _ in
      let out = abs(point.x) / anatomy.breadth
      let fromMiddle = (out - 0.18) / 0.12
      let below = point.y - anatomy.diaphragm(abs(point.x), side) - 0.011
      let thickness = (0.032 + 0.022 * size) * (1 - fromMiddle * fromMiddle)
      return -0.27 * inside(min(below, thickness - below), ramp: 0.006)
    }
  }

  /// What fills the place of the lung above a raised dome's usual height.
  private func raisedDome(_ side: Side, _ half: Area, on canvas: inout Canvas) {
    let normal = (side == .right ? anatomy.rightDome : anatomy.leftDome) + 0.1
    canvas.paint(half) { point, _ in
      let (t, out) = (anatomy.t(point.y), abs(point.x))
      let across = min(out - anatomy.medial(t), anatomy.lateral(t) - out)
      let dome = anatomy.diaphragm(out, side)
      let along = min(point.y - dome, dome + 0.1 - point.y, normal + 0.06 - point.y)
      return 0.06 * inside(min(across, along), ramp: 0.01)
    }
  }
}
