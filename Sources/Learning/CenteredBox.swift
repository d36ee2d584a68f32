/// A box as the network says it: centre and size as fractions of its square.
public struct CenteredBox: Hashable, Sendable {
  /// Centre and size.
  public var x, y, width, height: Double

  /// From centre and size.
  public init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// From its corners.
  public init(left: Double, top: Double, right: Double, bottom: Double) {
    self.init(
      x: (left + right) / 2, y: (top + bottom) / 2, width: right - left, height: bottom - top)
  }

  /// x, y, width, height
  var numbers: [Double] { [x, y, width, height] }

  /// |Δx| + |Δy| + |Δwidth| + |Δheight|
  func distance(to other: CenteredBox) -> Double {
    abs(x - other.x) + abs(y - other.y) + abs(width - other.width) + abs(height - other.height)
  }

  /// The slope of `distance(to:)` by this box.
  func distanceSlope(to other: CenteredBox) -> CenteredBox {
    func sign(_ difference: Double) -> Double { difference > 0 ? 1 : difference < 0 ? -1 : 0 }
    return CenteredBox(
      x: sign(x - other.x), y: sign(y - other.y), width: sign(width - other.width),
      height: sign(height - other.height))
  }

  /// Generalised intersection over union and its slope by this box (Rezatofighi et al., 2019).
  ///
  ///     giou = |A ∩ B| / |A ∪ B| − (|C| − |A ∪ B|) / |C|, C the smallest box around both
  func generalisedOverlap(with other: CenteredBox) -> (value: Double, slope: CenteredBox) {
    let across = Span(x, width).meeting(Span(other.x, other.width))
    let down = Span(y, height).meeting(Span(other.y, other.height))
    let inner = across.overlap * down.overlap
    let union = width * height + other.width * other.height - inner
    let hull = across.hull * down.hull
    guard union > 0, hull > 0 else {
      return (0, CenteredBox(x: 0, y: 0, width: 0, height: 0))
    }
    let value = inner / union - 1 + union / hull
    // ∂value = ∂inner / union + ∂union · (1 / hull − inner / union²) − ∂hull · union / hull²
    let byUnion = 1 / hull - inner / (union * union)
    let byInner = 1 / union - byUnion  // the union has less of what is shared
    let byHull = -union / (hull * hull)
    func slope(_ own: Span.Meeting, _ crosswise: Span.Meeting) -> (centre: Double, size: Double) {
      func along(_ overlap: Double, _ hull: Double) -> Double {
        byInner * overlap * crosswise.overlap + byHull * hull * crosswise.hull
      }
      let low = along(own.overlapByLow, own.hullByLow)
      let high = along(own.overlapByHigh, own.hullByHigh)
      return (low + high, (high - low) / 2)
    }
    let (horizontal, vertical) = (slope(across, down), slope(down, across))
    return (
      value,
      CenteredBox(
        x: horizontal.centre, y: vertical.centre, width: horizontal.size + byUnion * height,
        height: vertical.size + byUnion * width)
    )
  }
}

/// A box along one axis.
private struct Span {
  let low, high: Double

  init(_ centre: Double, _ size: Double) {
    low = centre - size / 2
    high = centre + size / 2
  }

  /// Two spans together, and how that depends on the first one's ends.
  struct Meeting {
    var overlap, overlapByLow, overlapByHigh: Double
    var hull, hullByLow, hullByHigh: Double
  }

  func meeting(_ other: Span) -> Meeting {
    let overlap = min(high, other.high) - max(low, other.low)
    let meets = overlap > 0
    return Meeting(
      overlap: max(0, overlap), overlapByLow: meets && low > other.low ? -1 : 0,
      overlapByHigh: meets && high < other.high ? 1 : 0,
      hull: max(high, other.high) - min(low, other.low), hullByLow: low < other.low ? -1 : 0,
      hullByHigh: high > other.high ? 1 : 0)
  }
}
