extension BoundingBox {
  /// Area that two boxes share, as a fraction of the image.
  public func intersection(with other: BoundingBox) -> Float {
    let width = min(right, other.right) - max(left, other.left)
    let height = min(bottom, other.bottom) - max(top, other.top)
    return width > 0 && height > 0 ? width * height : 0
  }

  /// Intersection over union: 0 for boxes apart … 1 for the same box.
  public func iou(with other: BoundingBox) -> Float {
    let shared = intersection(with: other)
    let union = area + other.area - shared
    return union > 0 ? shared / union : 0
  }
}
