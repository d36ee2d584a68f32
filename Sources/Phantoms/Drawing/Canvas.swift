/// A point of the body: x from the midline, positive towards the patient's left and so to the right
/// of the picture; y downwards from the middle of the chest. A chest is about 1 wide and high.
struct Point: Hashable, Sendable {
  var x, y: Float

  init(_ x: Float, _ y: Float) {
    self.x = x
    self.y = y
  }
}

/// An upright rectangle of the body.
struct Area: Hashable, Sendable {
  var left, top, right, bottom: Float

  init(_ left: Float, _ top: Float, _ right: Float, _ bottom: Float) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  init(around center: Point, _ halfWidth: Float, _ halfHeight: Float) {
    self.init(
      center.x - halfWidth, center.y - halfHeight, center.x + halfWidth, center.y + halfHeight)
  }
}

/// How the body lies in the picture: turned, moved and scaled.
struct Frame: Sendable {
  let width, height: Int
  /// Pixels for 1 of the body.
  private let scale: Float
  /// The side of a pixel in the body.
  private let pixelSize: Float
  private let cosine, sine: Float
  private let center: Point

  /// - Parameters:
  ///   - turn: sine of the angle, a small one.
  ///   - zoom: 1 fills the shorter side.
  init(width: Int, height: Int, turn: Float = 0, zoom: Float = 1, shift: Point = Point(0, 0)) {
    self.width = width
    self.height = height
    scale = Float(min(width, height)) * zoom
    pixelSize = 1 / scale
    sine = turn
    cosine = (1 - turn * turn).squareRoot()
    center = Point(
      Float(width) / 2 + shift.x * scale, Float(height) / 2 + shift.y * scale)
  }

  /// The point of the body under the middle of a pixel.
  @inline(__always) func body(_ column: Int, _ row: Int) -> Point {
    let (dx, dy) = (Float(column) + 0.5 - center.x, Float(row) + 0.5 - center.y)
    return Point(
      (cosine * dx + sine * dy) * pixelSize, (cosine * dy - sine * dx) * pixelSize)
  }

  /// The pixels under an area of the body and around its corners.
  func pixels(_ area: Area) -> (columns: Range<Int>, rows: Range<Int>) {
    var (left, right) = (Float.infinity, -Float.infinity)
    var (top, bottom) = (Float.infinity, -Float.infinity)
    for x in [area.left, area.right] {
      for y in [area.top, area.bottom] {
        let column = center.x + scale * (cosine * x - sine * y)
        let row = center.y + scale * (cosine * y + sine * x)
        (left, right) = (min(left, column), max(right, column))
        (top, bottom) = (min(top, row), max(bottom, row))
      }
    }
    return (
      Self.range(left, right, within: width), Self.range(top, bottom, within: height)
    )
  }

  private static func range(_ low: Float, _ high: Float, within side: Int) -> Range<Int> {
    let start = min(side, max(0, Int(low.rounded(.down))))
    return start..<max(start, min(side, Int(high.rounded(.up)) + 1))
  }
}

/// The pixels that something covers, at least one.
struct Extent: Hashable, Sendable {
  var left, top, right, bottom: Int

  /// Around both.
  @inline(__always) func joined(_ other: Extent?) -> Extent {
    guard let other else { return self }
    return Extent(
      left: min(left, other.left), top: min(top, other.top), right: max(right, other.right),
      bottom: max(bottom, other.bottom))
  }
}

/// Brightness by pixel, 0 for air … about 1 for bone and metal, being painted on.
struct Canvas: Sendable {
  let frame: Frame
  private(set) var values: [Float]
  /// Around all pixels that changed visibly since the last `measure`.
  private var extent: Extent?

  /// A change that an eye sees among ribs and noise.
  static let visible: Float = 0.04

  init(_ frame: Frame) {
    self.frame = frame
    values = [Float](repeating: 0, count: frame.width * frame.height)
  }

  /// Adds to the brightness within an area, as much as the closure says for a point of the body
  /// and the pixel's number.
  @inline(__always)
  mutating func paint(_ area: Area, _ change: (Point, Int) -> Float) {
    let (columns, rows) = frame.pixels(area)
    for row in rows {
      var (first, last) = (Int.max, Int.min)
      for column in columns {
        let index = row * frame.width + column
        let amount = change(frame.body(column, row), index)
        if abs(amount) >= Self.visible {
          first = min(first, column)
          last = column
        }
        values[index] += amount
      }
      guard first <= last else { continue }
      let line = Extent(left: first, top: row, right: last + 1, bottom: row + 1)
      extent = line.joined(extent)
    }
  }

  /// What the closure paints, measured; nil when nothing of it is visible.
  mutating func measure(_ work: (inout Canvas) -> Void) -> Extent? {
    extent = nil
    work(&self)
    defer { extent = nil }
    return extent
  }
}

/// 0 outside, 1 inside, a smooth ramp between; `depth` is the distance to the edge, positive inside.
@inline(__always) func inside(_ depth: Float, ramp: Float) -> Float {
  let t = min(1, max(0, 0.5 + depth / ramp))
  return t * t * (3 - 2 * t)
}
