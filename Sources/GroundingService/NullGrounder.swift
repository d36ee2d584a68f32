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
    let image = report.images[0]
    let answers = report.sentences.indices.map { Self.answers[min($0, Self.answers.count - 1)] }
    return GroundingResult(
      images: [GroundedImage(image, width: Self.side, height: Self.side)],
      sentences: zip(report.sentences, answers).map { sentence, answer in
        GroundedSentence(
          sentence, highestConfidence: answer.confidence,
          regions: answer.fused.map { box in
            Region(
              imageID: image.imageID, box: box.box, width: Self.side, height: Self.side,
              confidence: box.confidence, fusedQueries: box.members.count)
          })
      },
      scores: answers.map(\.scores), scoreTerms: Self.scoreTerms)
  }

  private static let side = 1_024
  private static let scoreTerms = ScoreTerms(floor: 0.01, side: 640)

  /// What is said of one sentence, computed once.
  private struct Answer {
    let confidence: Float
    let fused: [FusedBox]
    let scores: [UInt8]

    init(_ outputs: QueryOutputs) {
      confidence = outputs.highestConfidence
      fused = outputs.regions(
        threshold: 0.8, fusionIoU: 0.1,
        letterbox: Letterbox(
          width: NullGrounder.side, height: NullGrounder.side, side: NullGrounder.scoreTerms.side))
      scores = CompactScores.encode(outputs, floor: NullGrounder.scoreTerms.floor)
    }
  }

  /// Six sentences with a region, then silence.
  private static let answers: [Answer] =
    (0..<6).map { index in
      let place = 0.2 + 0.1 * Float(index)
      return Answer(
        QueryOutputs(
          logits: [3, 2.5, -3],
          boxes: [
            place, place, 0.2, 0.3, place + 0.01, place, 0.2, 0.3, 0.5, 0.5, 0.1, 0.1,
          ]))
    } + [Answer(QueryOutputs(logits: [-9], boxes: [0.5, 0.5, 0.1, 0.1]))]
}
