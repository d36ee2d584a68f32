import JSON
import Seeds
import Testing

@testable import Evaluation

/// Boxes as the vectors have them: `[[x1, y1, x2, y2], …]`. Those without an area, which some of
/// RadFact's evidence has, cover no pixel and are left out.
func rectangles(_ json: JSON?) throws -> [Rectangle] {
  try #require(json?.array).map { try #require($0.array).compactMap(\.number) }
    .filter { $0[0] != $0[2] && $0[1] != $0[3] }
    .map { c in
      try #require(Rectangle(left: c[0], top: c[1], right: c[2], bottom: c[3]), "\(c)")
    }
}

extension Phrase {
  /// A case of `metric_vectors.json`.
  init(vector: JSON) throws {
    self.init(
      truth: try rectangles(vector["gt"]),
      predictions: try rectangles(vector["pred"]).map { Prediction(box: $0, confidence: 1) })
  }
}

/// A box that is one.
func rectangle(_ left: Double, _ top: Double, _ right: Double, _ bottom: Double) -> Rectangle {
  guard let box = Rectangle(left: left, top: top, right: right, bottom: bottom) else {
    preconditionFailure("\(left), \(top), \(right), \(bottom)")
  }
  return box
}

/// Phrases with boxes at random places, of which a part is found.
func randomPhrases(_ count: Int, seed: UInt64) -> [Phrase] {
  var random = SeededNumbers(seed: seed)
  func box() -> Rectangle {
    let (x, y) = (Double(random.below(24)), Double(random.below(24)))
    let (width, height) = (
      Double(1 + random.below(8)), Double(1 + random.below(8))
    )
    return rectangle(x / 32, y / 32, (x + width) / 32, (y + height) / 32)
  }
  return (0..<count).map { index in
    let truth = (0..<random.below(4)).map { _ in box() }
    var found = truth.filter { _ in random.below(3) > 0 }
    found += (0..<random.below(3)).map { _ in box() }
    return Phrase(
      truth: truth,
      predictions: found.map {
        Prediction(box: $0, confidence: Double(random.below(1_001)) / 1_000)
      }, category: ["Edema", "Pneumonia", nil][index % 3])
  }
}
