import Boxes
import JSON
import Testing

@testable import Evaluation

@Suite struct `What another grounder changes` {
  private func phrase(_ boxes: [[Double]]) throws -> Phrase {
    let predictions = try boxes.map { corners in
      let box = Rectangle(
        left: corners[0], top: corners[1], right: corners[2], bottom: corners[3])
      return Prediction(box: try #require(box), confidence: 0.9)
    }
    return Phrase(truth: [Rectangle](), predictions: predictions)
  }

  @Test func `is counted by phrase`() throws {
    let (one, nearby, far) = ([0.1, 0.1, 0.5, 0.5], [0.1, 0.1, 0.5, 0.51], [0.1, 0.1, 0.5, 0.6])
    let pairs: [(now: [[Double]], before: [[Double]])] = [
      ([], []), ([one], [one]), ([one], [nearby]), ([one, far], [far, one]),
      ([one], [far]), ([one, one], [one, far]), ([one], []), ([one, far], [one]), ([], [one]),
    ]
    let changes = RegionChanges(
      of: try pairs.map { try phrase($0.now) }, since: try pairs.map { try phrase($0.before) })
    #expect(changes.phrases == 9 && changes.changed == 5)
    #expect(changes.moved == 2 && changes.more == 2 && changes.fewer == 1 && changes.turned == 2)
    #expect(abs((changes.share ?? 0) - 500.0 / 9) < 1e-9)
    #expect(changes.json["share"]?.number == changes.share)
    #expect(RegionChanges(of: [], since: []).share == nil)
  }

  @Test func `begins with the daemon's own boxes`() throws {
    let letterbox = Letterbox(width: 100, height: 50, side: 64)
    // Above the square's image, half in it, and doubled with another score.
    let outputs = QueryOutputs(
      logits: [3, 2, 1], boxes: [0.5, 0.1, 0.2, 0.1, 0.5, 0.25, 0.5, 0.25, 0.5, 0.25, 0.5, 0.25])
    let phrase = QueryPhrase(truth: [], outputs: outputs, letterbox: letterbox)
    #expect(PostProcessing()(phrase).predictions.count == 2)
    #expect(PostProcessing(fusionIoU: 0.1)(phrase).predictions.count == 1)
    let final = PostProcessing(threshold: 0.8, fusionIoU: 0.1)(phrase).predictions
    let daemon = outputs.regions(threshold: 0.8, fusionIoU: 0.1, letterbox: letterbox)
    #expect(final == daemon.map { Prediction($0) } && final.count == 1)
    let failed = QueryPhrase(truth: [], outputs: .failed(queries: 3), letterbox: letterbox)
    #expect(PostProcessing()(failed).predictions.isEmpty)
  }
}
