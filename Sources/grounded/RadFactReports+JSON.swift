internal import Datasets
internal import JSON

extension RadFactExample {
  /// An element of RadFact's grounded input.
  var json: JSON {
    [
      "example_id": .string(id), "prediction": .array(prediction.map(\.json)),
      "target": .array(target.map(\.json)),
    ]
  }
}

extension RadFactSentence {
  /// With null for no boxes, never an empty list.
  fileprivate var json: JSON {
    ["text": .string(text), "boxes": boxes.map { .array($0.map(\.json)) } ?? .null]
  }
}

extension RadFactBox {
  fileprivate var json: JSON {
    [
      "x_min": .number(left), "y_min": .number(top), "x_max": .number(right),
      "y_max": .number(bottom),
    ]
  }
}
