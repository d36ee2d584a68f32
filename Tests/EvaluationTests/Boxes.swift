import Evaluation
import JSON
import Testing

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
