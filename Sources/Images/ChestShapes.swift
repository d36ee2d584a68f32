internal import Boxes

/// An upright ellipse, in fractions of the picture.
struct Ellipse {
  var x, y, halfWidth, halfHeight: Double

  /// Distance to the edge, positive inside; exact on the edge and near enough elsewhere.
  func depth(x: Double, y: Double) -> Double {
    let (dx, dy) = ((x - self.x) / halfWidth, (y - self.y) / halfHeight)
    return (1 - (dx * dx + dy * dy).squareRoot()) * min(halfWidth, halfHeight)
  }

  var box: BoundingBox? {
    BoundingBox(
      clipping: Float(x - halfWidth), Float(y - halfHeight), Float(x + halfWidth),
      Float(y + halfHeight))
  }
}

/// Something abnormal in the chest, and where it lies.
struct Mark {
  let finding: SyntheticRadiograph.Finding
  private let shape: Ellipse
  /// −1 for the patient's right, 1 for the left.
  private let side: Double

  init(
    _ finding: SyntheticRadiograph.Finding, midline: Double, breadth: Double, breath: Double,
    using random: inout SeededRandom
  ) {
    self.finding = finding
    let side: Double =
      switch finding {
      case .rightBasalOpacity, .rightEffusion: -1
      case .leftBasalOpacity, .leftEffusion, .cardiomegaly: 1
      case .nodule: random.unit() < 0.5 ? -1 : 1
      }
    self.side = side
    func place(_ out: Double) -> Double { midline + side * breadth * out }
    switch finding {
    case .rightBasalOpacity, .leftBasalOpacity:
      shape = Ellipse(
        x: place(0.235 + random.spread(0.02)), y: 0.66 + random.spread(0.02) + breath,
        halfWidth: 0.09 + random.spread(0.015), halfHeight: 0.075 + random.spread(0.012))
    case .rightEffusion, .leftEffusion:
      // From the inner end of the meniscus to the wall, from its rise there to the angle.
      let level = 0.655 + random.spread(0.03) + breath
      let floor = 0.86 + breath
      shape = Ellipse(
        x: place(0.235), y: (level + floor) / 2, halfWidth: 0.145 * breadth,
        halfHeight: (floor - level) / 2)
    case .nodule:
      let radius = 0.022 + random.unit() * 0.01
      shape = Ellipse(
        x: place(0.2 + random.spread(0.06)), y: 0.36 + random.spread(0.08), halfWidth: radius,
        halfHeight: radius)
    case .cardiomegaly:
      shape = Ellipse(x: midline, y: 0.66, halfWidth: 0.2, halfHeight: 0.15)
    }
  }

  /// Nil for a shape outside the picture.
  var box: BoundingBox? { shape.box }

  /// What the mark adds; `lung` is 1 in the lung, where alone it shows in full.
  func brightness(x: Double, y: Double, lung: Double, _ texture: ValueNoise) -> Double {
    switch finding {
    case .rightBasalOpacity, .leftBasalOpacity:
      let patches = 0.55 + 0.7 * texture(x * 22 + 90, y * 22)
      return 0.27 * lung * patches * inside(shape.depth(x: x, y: y), ramp: 0.06)
    case .rightEffusion, .leftEffusion:
      let fromWall = (shape.x + side * shape.halfWidth - x) * side / (2 * shape.halfWidth)
      let apart = max(0, min(1, fromWall))
      let rise = 1.5 * shape.halfHeight * (1 - (1 - apart) * (1 - apart))
      let surface = shape.y - shape.halfHeight + rise
      return 0.33 * lung * inside(y - surface, ramp: 0.02) * inside(1.02 - fromWall, ramp: 0.06)
    case .nodule:
      return 0.24 * inside(shape.depth(x: x, y: y), ramp: 0.014)
    case .cardiomegaly:
      return 0  // the heart itself is larger
    }
  }
}

/// Smooth random values on the plane, 0…1: random numbers at whole coordinates, blended between.
struct ValueNoise {
  private let seed: UInt64

  init(seed: UInt64) { self.seed = seed }

  func callAsFunction(_ x: Double, _ y: Double) -> Double {
    let coarse = layer(x, y, 0)
    return 0.65 * coarse + 0.35 * layer(2 * x, 2 * y, 1)
  }

  private func layer(_ x: Double, _ y: Double, _ layer: UInt64) -> Double {
    let (column, row) = (x.rounded(.down), y.rounded(.down))
    let (u, v) = (ease(x - column), ease(y - row))
    func corner(_ dx: Double, _ dy: Double) -> Double {
      let place =
        UInt64(bitPattern: Int64(column + dx)) &* 0x9E37_79B9_7F4A_7C15
        ^ UInt64(bitPattern: Int64(row + dy)) &* 0xC2B2_AE3D_27D4_EB4F
      var random = SeededRandom(seed: seed &+ layer ^ place)
      return random.unit()
    }
    let top = corner(0, 0) * (1 - u) + corner(1, 0) * u
    let bottom = corner(0, 1) * (1 - u) + corner(1, 1) * u
    return top * (1 - v) + bottom * v
  }

  private func ease(_ t: Double) -> Double { t * t * (3 - 2 * t) }
}
