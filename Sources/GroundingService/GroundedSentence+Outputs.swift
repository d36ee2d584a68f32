public import Boxes
public import Reports

extension GroundedSentence {
  /// What the network's outputs for a sentence mean: regions of all images, best first.
  ///
  /// Outputs that are not finite mean that the arithmetic failed; they are no finding and no absence
  /// of one.
  public init(
    _ sentence: ReportSentence,
    outputs: [(imageID: String, letterbox: Letterbox, outputs: QueryOutputs)], threshold: Float,
    fusionIoU: Float
  ) {
    guard outputs.allSatisfy(\.outputs.isFinite) else {
      self.init(sentence, status: .failed, reason: Self.notFinite)
      return
    }
    var regions: [Region] = []
    for (imageID, letterbox, outputs) in outputs {
      let fused = outputs.regions(
        threshold: threshold, fusionIoU: fusionIoU, letterbox: letterbox)
      for box in fused {
        regions.append(
          Region(
            imageID: imageID, box: box.box, width: letterbox.width, height: letterbox.height,
            confidence: box.confidence, fusedQueries: box.members.count))
      }
    }
    if outputs.count > 1 { regions.sort { $0.confidence > $1.confidence } }
    self.init(
      sentence, highestConfidence: outputs.map(\.outputs.highestConfidence).max() ?? 0,
      regions: regions)
  }
}
