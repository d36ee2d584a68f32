internal import Boxes

extension Film {
  /// Where a part of a lung lies, by the box around the lung: zones are its thirds by height.
  func box(of place: Place) -> BoundingBox {
    let isRight = place.side == .right
    let lung = isRight ? rightLung : leftLung
    switch place.zone {
    case .lung: return lung
    case .upper: return lung.part(top: 0, bottom: 1 / 3)
    case .middle: return lung.part(top: 1 / 3, bottom: 2 / 3)
    case .lower: return lung.part(top: 2 / 3, bottom: 1)
    case .apex: return lung.part(top: 0, bottom: 0.2)
    case .angle:
      // At the outer lower corner.
      return lung.part(
        left: isRight ? 0 : 0.6, top: 0.8, right: isRight ? 0.4 : 1, bottom: 1)
    case .hilum:
      return lung.part(
        left: isRight ? 0.6 : 0, top: 0.33, right: isRight ? 1 : 0.4, bottom: 0.67)
    case .hemidiaphragm: return lung.part(top: 0.78, bottom: 1)
    }
  }

  /// About where the heart lies: from a little right of the midline far into the left lung's box.
  var heart: BoundingBox {
    middle(intoRight: 0.12, intoLeft: 0.55, top: 0.5, bottom: 0.94)
  }

  /// About where the mediastinum lies.
  var mediastinum: BoundingBox {
    middle(intoRight: 0.1, intoLeft: 0.2, top: 0.08, bottom: 0.9)
  }

  private func middle(
    intoRight: Float, intoLeft: Float, top: Float, bottom: Float
  ) -> BoundingBox {
    let highest = min(rightLung.top, leftLung.top)
    let height = max(rightLung.bottom, leftLung.bottom) - highest
    let left = rightLung.right - intoRight * rightLung.width
    let right = leftLung.left + intoLeft * leftLung.width
    // Boxes of lungs that overlap far leave nothing between: then the left lung's stands in.
    return BoundingBox(
      clipping: left, highest + top * height, max(right, left + 0.01), highest + bottom * height)
      ?? leftLung
  }
}

extension BoundingBox {
  /// A part of the box in fractions of its sides; what rounds to nothing gives the whole.
  fileprivate func part(
    left: Float = 0, top: Float, right: Float = 1, bottom: Float
  ) -> BoundingBox {
    BoundingBox(
      clipping: self.left + left * width, self.top + top * height, self.left + right * width,
      self.top + bottom * height) ?? self
  }
}
