/// Exact area of the union of boxes, as a fraction of the image (SPEC §4, Mask IoU).
///
/// The image is cut into vertical strips at every side of a box. Within a strip the boxes that cross
/// it are intervals of y, whose union is swept from the top.
public func unionArea(of boxes: [Rectangle]) -> Double {
  guard boxes.count > 1 else { return boxes.first?.area ?? 0 }
  let fromTop = boxes.sorted { $0.top < $1.top }
  let sides = boxes.flatMap { [$0.left, $0.right] }.sorted()
  var total = 0.0
  for (left, right) in zip(sides, sides.dropFirst()) where left < right {
    var covered = 0.0
    var end = 0.0
    for box in fromTop where box.left <= left && box.right >= right && box.bottom > end {
      covered += box.bottom - max(box.top, end)
      end = box.bottom
    }
    total += covered * (right - left)
  }
  return total
}
