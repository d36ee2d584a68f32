internal import Boxes
internal import JSON

extension BoundingBox {
  /// As fractions of the image, by the contract's names.
  var json: JSON {
    [
      "x_min": .number(left), "y_min": .number(top), "x_max": .number(right),
      "y_max": .number(bottom),
    ]
  }
}
