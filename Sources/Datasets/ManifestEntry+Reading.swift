public import JSON

extension ManifestEntry {
  /// Reads one line's value; members that it does not know are ignored.
  public init(json: JSON) throws(DatasetError.Problem) {
    guard json.members != nil else { throw .ill("the line", json.kind, wanted: "an object") }
    let fields = Fields(json: json)
    let splitName = try fields.text("split")
    guard let split = Split(rawValue: splitName) else {
      throw .ill("split", text: splitName, wanted: "train, val or test")
    }
    let (width, height) = (try fields.side("width"), try fields.side("height"))
    self.init(
      id: try fields.text("id"), dataset: try fields.text("dataset"), split: split,
      image: try fields.text("image"), width: width, height: height,
      patientID: try fields.text("patient_id"), studyID: try fields.text("study_id"),
      sentence: try fields.text("sentence"),
      boxes: try fields.boxes(width: width, height: height),
      category: try fields.category, source: try fields.source)
  }
}

/// The members of one line, each of its kind or refused.
private struct Fields {
  let json: JSON

  private func member(_ name: String) throws(DatasetError.Problem) -> JSON {
    guard let value = json[name] else { throw .missing(field: name) }
    return value
  }

  func text(_ name: String) throws(DatasetError.Problem) -> String {
    let value = try member(name)
    guard let text = value.string else { throw .ill(name, value.kind, wanted: "a string") }
    guard !text.isEmpty else { throw .ill(name, "empty", wanted: "a string") }
    return text
  }

  func side(_ name: String) throws(DatasetError.Problem) -> Int {
    let value = try member(name)
    guard let number = value.integer else { throw .ill(name, value.kind, wanted: "an integer") }
    guard number > 0, number <= Int32.max else {
      throw .ill(name, "\(number)", wanted: "a number of pixels above zero")
    }
    return Int(number)
  }

  func boxes(width: Int, height: Int) throws(DatasetError.Problem) -> [PixelBox] {
    let value = try member("boxes")
    guard let list = value.array else { throw .ill("boxes", value.kind, wanted: "an array") }
    var boxes: [PixelBox] = []
    for (index, element) in list.enumerated() {
      let corners = (element.array ?? []).compactMap { $0.number }
      guard corners.count == 4, element.array?.count == 4 else {
        throw .ill("boxes[\(index)]", element.kind, wanted: "four numbers")
      }
      let box = PixelBox(left: corners[0], top: corners[1], right: corners[2], bottom: corners[3])
      guard let box, box.right <= Double(width), box.bottom <= Double(height) else {
        throw .badBox(index: index, corners: corners, width: width, height: height)
      }
      boxes.append(box)
    }
    return boxes
  }

  var category: String? {
    get throws(DatasetError.Problem) {
      let value = try member("category")
      guard value.string != nil || value.isNull else {
        throw .ill("category", value.kind, wanted: "a string or null")
      }
      return value.string
    }
  }

  var source: JSON {
    get throws(DatasetError.Problem) {
      let value = try member("source")
      guard value.members != nil else { throw .ill("source", value.kind, wanted: "an object") }
      return value
    }
  }
}
