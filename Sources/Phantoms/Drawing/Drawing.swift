internal import Glibc
internal import Seeds

/// A chest on its way from anatomy to picture.
struct Drawing: Sendable {
  let anatomy: Anatomy
  var canvas: Canvas
  /// 1 where there is lung in front of nothing else … 0 outside, by pixel.
  private(set) var lung: [Float]
  /// Around each lung, the heart and other organs.
  private(set) var organs: [Organ: Extent] = [:]

  /// What a report may point at though nothing is wrong with it.
  enum Organ: String, Hashable, Sendable, CaseIterable {
    case rightLung = "right lung"
    case leftLung = "left lung"
    case heart = "cardiac silhouette"
    case trachea
    case spine
    case aorticArch = "aortic arch"
  }

  init(_ anatomy: Anatomy, _ frame: Frame) {
    self.anatomy = anatomy
    canvas = Canvas(frame)
    lung = [Float](repeating: 0, count: frame.width * frame.height)
    drawBody()
    drawMiddle()
    drawHeart()
    drawVessels()
    drawRibs()
    drawClavicles()
  }

  /// Everything that can be seen of the body.
  static let everywhere = Area(-2, -2, 2, 2)

  /// Soft parts, the lungs' air and the mediastinum.
  private mutating func drawBody() {
    let anatomy = anatomy
    let edges = (0..<1_024).map { row -> (Float, Float) in
      let t = anatomy.t(Float(row) / 1_024 * 1.6 - 0.8)
      return (anatomy.medial(t), anatomy.lateral(t))
    }
    var lung = lung
    var (rightLung, leftLung): (Extent?, Extent?)
    let width = canvas.frame.width
    canvas.paint(Self.everywhere) { point, index in
      let out = abs(point.x)
      guard out < 0.55 else { return 0.02 }
      let side: Side = point.x < 0 ? .right : .left
      let (medial, lateral) = edges[min(1_023, max(0, Int((point.y + 0.8) * 640)))]
      let floor = anatomy.diaphragm(out, side) - point.y
      let depth = min(out - medial, lateral - out, point.y < anatomy.apex ? -1 : 1)
      let air = inside(depth, ramp: 0.022) * inside(floor, ramp: 0.014)
      lung[index] = air
      if air > 0.5 {
        let (row, column) = index.quotientAndRemainder(dividingBy: width)
        let pixel = Extent(left: column, top: row, right: column + 1, bottom: row + 1)
        if side == .right {
          rightLung = pixel.joined(rightLung)
        } else {
          leftLung = pixel.joined(leftLung)
        }
      }
      return Self.softParts(anatomy, point, air)
    }
    self.lung = lung
    organs[.rightLung] = rightLung
    organs[.leftLung] = leftLung
  }

  /// The brightness of the body at a point with so much air in front of and behind it.
  @inline(__always)
  private static func softParts(_ anatomy: Anatomy, _ point: Point, _ air: Float) -> Float {
    let out = abs(point.x)
    let shoulder = 0.13 + 0.36 * inside(point.y + 0.385, ramp: 0.16)
    let body = inside(shoulder - 0.03 * max(0, point.y) - out, ramp: 0.03)
    var value = 0.64 + 0.1 * inside(point.y - 0.22, ramp: 0.25) - 0.3 * max(0, out - 0.1)
    value -= anatomy.aeration * air
    value += 0.14 * inside(anatomy.mediastinum + 0.02 * point.y - out, ramp: 0.04)
    value +=
      anatomy.breasts * air * inside(point.y - 0.1, ramp: 0.2) * inside(out - 0.1, ramp: 0.1)
    value +=
      anatomy.scapulae * inside(out - 0.3 + 0.25 * (point.y + 0.2), ramp: 0.03)
      * inside(0.1 - point.y, ramp: 0.1)
    value += 0.05 * (anatomy.clouds(point.x * 5 + 9, point.y * 5 + 9) - 0.5)
    return 0.02 + 0.95 * body * value
  }

  /// Spine, airway and the arch of the aorta.
  private mutating func drawMiddle() {
    let anatomy = anatomy
    organs[.spine] = canvas.measure { canvas in
      canvas.paint(Area(-0.14, -0.6, 0.14, 0.7)) { point, _ in
        let out = abs(point.x - anatomy.spine(point.y))
        let disc = inside(abs(sin(point.y * 42)) - 0.25, ramp: 0.3)
        return inside(0.036 - out, ramp: 0.016) * (0.06 + 0.05 * disc)
      }
    }
    organs[.trachea] = canvas.measure { canvas in
      canvas.stroke(
        [Point(-0.002, -0.7), Point(-0.004, -0.14)], thickness: 0.036, ramp: 0.014, amount: -0.15)
    }
    let carina = Point(-0.004, -0.14)
    for x: Float in [-0.06, 0.065] {
      canvas.stroke(
        [carina, Point(x, -0.085)], thickness: 0.026, end: 0.018, ramp: 0.014, amount: -0.09)
    }
    organs[.aorticArch] = canvas.measure { $0.fill(anatomy.knob, ramp: 0.014, amount: 0.17) }
    canvas.fill(
      Ellipse(center: Point(0.2, anatomy.leftDome + 0.085), halfWidth: 0.06, halfHeight: 0.025),
      ramp: 0.03, amount: -0.14)
  }

  private mutating func drawHeart() {
    let anatomy = anatomy
    var lung = lung
    organs[.heart] = canvas.measure { canvas in
      canvas.paint(anatomy.heart.area) { point, index in
        let heart = inside(anatomy.heart.depth(point), ramp: 0.022)
        defer { lung[index] *= 1 - 0.9 * heart }
        return heart * (0.05 + 0.3 * lung[index])
      }
    }
    self.lung = lung
  }

  /// Branches that thin out away from the hila.
  private mutating func drawVessels() {
    var random = SeededNumbers(seed: UInt64(anatomy.clouds(3, 5) * 1e6))
    for side: Float in [-1, 1] {
      let hilum = Point(side * 0.085, side < 0 ? -0.035 : -0.055)
      canvas.fill(
        Ellipse(center: hilum, halfWidth: 0.03, halfHeight: 0.05, tilt: -side * 0.3), ramp: 0.05,
        amount: 0.11)
      for branch in 0..<11 {
        let angle = -1.35 + 2.75 * Float(branch) / 10 + random.spread(0.12)
        let reach = random.between(0.14, 0.24)
        let bend = random.spread(0.25)
        let points = (0..<4).map { step -> Point in
          let distance = 0.02 + reach * Float(step) / 3
          let turned = angle + bend * Float(step) / 3
          return Point(
            hilum.x + side * distance * cos(turned), hilum.y + distance * sin(turned) * 1.1)
        }
        canvas.stroke(points, thickness: 0.014, end: 0.003, ramp: 0.008, amount: 0.07)
      }
    }
  }

  /// Posterior ribs fall gently outwards and bend down at the wall; anterior ends are fainter.
  private mutating func drawRibs() {
    let anatomy = anatomy
    let rises = (0..<512).map { anatomy.ribRise(Float($0) / 1_024) }
    let wall = anatomy.breadth * 0.415
    func band(_ position: Float, _ spacing: Float) -> Float {
      let turns = position / spacing + 64.5
      let distance = abs(turns - Float(Int32(turns)) - 0.5) * spacing
      return inside(0.0125 - distance, ramp: 0.008) * (0.7 + 20 * distance)
    }
    canvas.paint(Area(-wall, anatomy.apex - 0.03, wall, 0.4)) { point, _ in
      let out = abs(point.x)
      let side = inside(wall - out, ramp: 0.03) * inside(out - 0.04, ramp: 0.03)
      let within =
        side * inside(point.y - anatomy.apex, ramp: 0.06) * inside(0.36 - point.y, ramp: 0.12)
      guard within > 0 else { return 0 }
      let y = point.y + 0.5 + rises[min(511, Int(out * 1_024))] - anatomy.ribOffset
      let front = band(point.y - 0.55 * (0.36 - out), anatomy.ribSpacing * 1.15)
      return within
        * (0.09 * band(y, anatomy.ribSpacing) + 0.035 * front * inside(out - 0.11, ramp: 0.1))
    }
  }

  private mutating func drawClavicles() {
    for side in Side.allCases {
      let sign: Float = side == .right ? -1 : 1
      let height = anatomy.clavicle
      let points = curve([
        Point(sign * 0.045, height + 0.02), Point(sign * 0.14, height - 0.005),
        Point(sign * 0.26, height - 0.02), Point(sign * 0.4, height - 0.07),
      ])
      canvas.stroke(points, thickness: 0.028, end: 0.022, ramp: 0.01, amount: 0.13)
    }
  }
}
