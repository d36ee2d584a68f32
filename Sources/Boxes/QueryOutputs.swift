internal import Glibc

/// What the network says of one sentence on one image: a box and a logit for each of its Q queries (SPEC §1.9).
public struct QueryOutputs: Hashable, Sendable {
  /// [Q], before the sigmoid.
  public var logits: [Float]
  /// [Q, 4]: centre x, centre y, width, height as fractions of the network's square.
  public var boxes: [Float]

  public init(logits: [Float], boxes: [Float]) {
    precondition(
      boxes.count == 4 * logits.count, "\(boxes.count) numbers for \(logits.count) boxes")
    self.logits = logits
    self.boxes = boxes
  }

  /// What arithmetic that failed comes to.
  public static func failed(queries: Int) -> QueryOutputs {
    QueryOutputs(
      logits: [Float](repeating: .nan, count: queries),
      boxes: [Float](repeating: .nan, count: 4 * queries))
  }

  /// False when the arithmetic failed somewhere: such outputs say nothing.
  public var isFinite: Bool { logits.allSatisfy(\.isFinite) && boxes.allSatisfy(\.isFinite) }

  /// Confidence of the most confident query, 0…1; 0 without queries.
  public var highestConfidence: Float { logits.max().map(sigmoid) ?? 0 }

  /// The boxes on the network's square that the sentence speaks of (SPEC §3).
  ///
  /// Queries with a confidence of at least `threshold` are kept and their boxes fused.
  /// - Returns: fused boxes, best first; their members are query indices.
  public func fusedBoxes(threshold: Float, fusionIoU: Float) -> [FusedBox] {
    var queries: [Int] = []
    var kept: [ScoredBox] = []
    for query in logits.indices {
      let confidence = sigmoid(logits[query])
      guard confidence >= threshold, let box = box(query) else { continue }
      queries.append(query)
      kept.append(ScoredBox(box: box, confidence: confidence))
    }
    return weightedBoxFusion(kept, iou: fusionIoU).map { fused in
      FusedBox(
        box: fused.box, confidence: fused.confidence, members: fused.members.map { queries[$0] })
    }
  }

  /// The same as `fusedBoxes`, on the original image. A box in the padding alone shows nothing and
  /// is left out.
  public func regions(threshold: Float, fusionIoU: Float, letterbox: Letterbox) -> [FusedBox] {
    fusedBoxes(threshold: threshold, fusionIoU: fusionIoU).compactMap { fused in
      guard let box = letterbox.original(of: fused.box) else { return nil }
      return FusedBox(box: box, confidence: fused.confidence, members: fused.members)
    }
  }

  private func box(_ query: Int) -> BoundingBox? {
    let (x, y, width, height) = (
      boxes[4 * query], boxes[4 * query + 1], boxes[4 * query + 2], boxes[4 * query + 3]
    )
    return BoundingBox(
      clipping: x - width / 2, y - height / 2, x + width / 2, y + height / 2)
  }
}

private func sigmoid(_ logit: Float) -> Float { Float(1 / (1 + exp(-Double(logit)))) }
