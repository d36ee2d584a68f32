internal import Boxes
public import Reports

/// A grounder without image or network, for measuring everything around them.
///
/// It says the same of every report: the first six of its sentences have one region each. It names
/// itself `null`, so that nobody takes its boxes for findings.
public struct NullGrounder: ReportGrounder {
  public let identity: GrounderIdentity

  public init() {
    identity = GrounderIdentity(
      name: "null", version: "1", architecture: "none",
      weightsSHA256: String(repeating: "0", count: 64), threshold: 0.8, fusionIoU: 0.1,
      precision: "none", device: "none")
  }

  public func ground(
    _ report: ReportEvent
  ) async throws(GroundingFailure) -> GroundingResult {
    let letterbox = Letterbox(width: 1_024, height: 1_024)
    let image = report.images[0]
    var sentences: [GroundedSentence] = []
    var scores: [[UInt8]] = []
    for (index, sentence) in report.sentences.enumerated() {
      let outputs = index < 6 ? Self.outputs(index) : Self.silence
      sentences.append(
        GroundedSentence(
          sentence, outputs: [(image.imageID, letterbox, outputs)], threshold: 0.8,
          fusionIoU: 0.1))
      scores.append(CompactScores.encode(outputs, floor: 0.01))
    }
    return GroundingResult(
      images: [GroundedImage(image, width: 1_024, height: 1_024)], sentences: sentences,
      scores: scores)
  }

  private static let silence = QueryOutputs(logits: [-9], boxes: [0.5, 0.5, 0.1, 0.1])

  private static func outputs(_ index: Int) -> QueryOutputs {
    let place = 0.2 + 0.1 * Float(index)
    return QueryOutputs(
      logits: [3, 2.5, -3],
      boxes: [
        place, place, 0.2, 0.3, place + 0.01, place, 0.2, 0.3, 0.5, 0.5, 0.1, 0.1,
      ])
  }
}
