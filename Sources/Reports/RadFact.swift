internal import Boxes
public import JSON

extension GroundedReport {
  /// The report as RadFact reads it: `[{"text": …, "boxes": null | [{"x_min", …}]}]`.
  ///
  /// RadFact knows one image a report, so the boxes of all images stand together. A sentence
  /// without a box has `null`, never an empty list.
  public func radFact() -> JSON {
    .array(
      sentences.map { sentence in
        let boxes = sentence.regions.map { $0.box.json }
        return [
          "text": .string(sentence.text), "boxes": boxes.isEmpty ? .null : .array(boxes),
        ]
      })
  }
}

extension BoundingBox {
  var json: JSON {
    [
      "x_min": .number(left), "y_min": .number(top), "x_max": .number(right),
      "y_max": .number(bottom),
    ]
  }
}
