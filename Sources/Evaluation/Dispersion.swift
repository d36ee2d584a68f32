/// Where the boxes of a disease lie, and how large they are (SPEC §4, SDS; table of §7.4).
///
///     SDS = 100 · √(var(x) + var(y))    of the boxes' centres, population variance
public struct Dispersion: Hashable, Sendable {
  /// Number of boxes, N.
  public private(set) var boxes = 0
  private var areas = 0.0
  private var meanX = 0.0
  private var meanY = 0.0
  /// Sum of the squared distances from the mean.
  private var squares = 0.0

  public init() {}

  public init(of boxes: some Sequence<Rectangle>) {
    for box in boxes { add(box) }
  }

  /// Counts one more box (Welford, 1962, in two dimensions).
  public mutating func add(_ box: Rectangle) {
    boxes += 1
    areas += box.area
    let x = box.centreX - meanX
    let y = box.centreY - meanY
    meanX += x / Double(boxes)
    meanY += y / Double(boxes)
    squares += x * (box.centreX - meanX) + y * (box.centreY - meanY)
  }

  /// Mean area in percent of the image; nil without boxes.
  public var meanArea: Double? { boxes > 0 ? 100 * areas / Double(boxes) : nil }

  /// Spatial dispersion score, in percent; nil without boxes.
  public var score: Double? {
    boxes > 0 ? 100 * (max(0, squares) / Double(boxes)).squareRoot() : nil
  }
}
