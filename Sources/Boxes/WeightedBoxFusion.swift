/// A box with the network's confidence in it.
public struct ScoredBox: Hashable, Sendable {
  public var box: BoundingBox
  /// 0…1.
  public var confidence: Float

  public init(box: BoundingBox, confidence: Float) {
    self.box = box
    self.confidence = confidence
  }
}

/// Boxes merged into one.
public struct FusedBox: Hashable, Sendable {
  public var box: BoundingBox
  /// Mean confidence of the members, 0…1.
  public var confidence: Float
  /// Indices of the merged boxes in the input, in the order in which they joined.
  public var members: [Int]
}

/// Weighted box fusion of one model's boxes of one label (Solovyev et al., 2021; SPEC §3).
///
/// Boxes are taken by falling confidence, equal ones in input order. Each joins the fused box that it overlaps most,
/// provided that their IoU is above `iou`, or else opens a new one. A fused box is the mean of its members weighted
/// by confidence; its confidence is their plain mean. One pass: fused boxes may overlap in the end.
/// - Returns: fused boxes by falling confidence; equal ones in the order in which they were opened.
public func weightedBoxFusion(_ boxes: [ScoredBox], iou threshold: Float) -> [FusedBox] {
  let order = boxes.indices.sorted {
    (boxes[$1].confidence, $0) < (boxes[$0].confidence, $1)
  }
  var clusters: [Cluster] = []
  for index in order {
    var best: (cluster: Int, overlap: Float)?
    for (cluster, candidate) in clusters.enumerated() {
      let overlap = candidate.box.iou(with: boxes[index].box)
      if overlap > best?.overlap ?? threshold { best = (cluster, overlap) }
    }
    if let best {
      clusters[best.cluster].join(index, of: boxes)
    } else {
      clusters.append(Cluster(box: boxes[index].box, members: [index]))
    }
  }
  let fused = clusters.map { $0.fused(of: boxes) }
  return fused.indices.sorted { (fused[$1].confidence, $0) < (fused[$0].confidence, $1) }
    .map { fused[$0] }
}

private struct Cluster {
  var box: BoundingBox
  var members: [Int]

  mutating func join(_ index: Int, of boxes: [ScoredBox]) {
    members.append(index)
    let total = sum(boxes) { Double($0.confidence) }
    func mean(_ side: (BoundingBox) -> Float) -> Float {
      // Members of confidence 0 weigh nothing; among themselves they weigh the same.
      total > 0
        ? Float(sum(boxes) { Double($0.confidence) * Double(side($0.box)) } / total)
        : Float(sum(boxes) { Double(side($0.box)) } / Double(members.count))
    }
    let merged = BoundingBox(
      left: mean { $0.left }, top: mean { $0.top }, right: mean { $0.right },
      bottom: mean { $0.bottom })
    if let merged { box = merged }  // nil only if rounding closes a box thinner than Float resolves
  }

  func fused(of boxes: [ScoredBox]) -> FusedBox {
    let mean = sum(boxes) { Double($0.confidence) } / Double(members.count)
    return FusedBox(box: box, confidence: Float(mean), members: members)
  }

  private func sum(_ boxes: [ScoredBox], _ value: (ScoredBox) -> Double) -> Double {
    members.reduce(0) { $0 + value(boxes[$1]) }
  }
}
