internal import JSON

/// One report that a generator wrote, and the report that it is measured against.
public struct RadFactExample: Hashable, Sendable {
  /// Unlike any other's in its file.
  public let id: String
  public let prediction: [RadFactSentence]
  public let target: [RadFactSentence]

  public init(id: String, prediction: [RadFactSentence], target: [RadFactSentence]) {
    self.id = id
    self.prediction = prediction
    self.target = target
  }
}

/// One sentence of a report, with what grounds it.
public struct RadFactSentence: Hashable, Sendable {
  /// Not empty in a grounded report.
  public let text: String
  /// Nil where the sentence has no box; never empty.
  public let boxes: [RadFactBox]?

  public init(text: String, boxes: [RadFactBox]? = nil) {
    precondition(boxes?.isEmpty != true, "“no boxes” is nil, not an empty list")
    self.text = text
    self.boxes = boxes
  }
}

/// A box of RadFact's input: fractions of the image, x to the right, y down.
///
/// It may have no area, as a generator's box with equal bins has none.
public struct RadFactBox: Hashable, Sendable {
  public let left, top, right, bottom: Double

  /// Nil when the corners are reversed, outside 0…1, or not finite.
  public init?(left: Double, top: Double, right: Double, bottom: Double) {
    guard 0 <= left, left <= right, right <= 1, 0 <= top, top <= bottom, bottom <= 1 else {
      return nil
    }
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }
}

/// The files that RadFact reads (SPEC §5.3).
public enum RadFactInput {
  /// Grounded reports: a JSON list of `{"example_id", "prediction": [S…], "target": [S…]}`, where S
  /// is `{"text", "boxes": null | [{"x_min", "y_min", "x_max", "y_max"}…]}`; an id is text or an
  /// integer. An empty list of boxes, an empty text, an id twice and a box outside 0…1 are errors
  /// with their place in the file.
  public static func read(path: String) throws(DatasetError) -> [RadFactExample] {
    var examples: [RadFactExample] = []
    var ids: Set<String> = []
    for element in try PlacedJSON(path: path).elements() {
      let id = try element.member("example_id")
      let name = try id.identifier()
      guard ids.insert(name).inserted else { throw id.error(.doubled(id: name)) }
      examples.append(
        RadFactExample(
          id: name, prediction: try sentences(element.member("prediction")),
          target: try sentences(element.member("target"))))
    }
    return examples
  }

  /// The targets of such a file by id; its predictions are not looked at, and may be absent.
  public static func readTargets(
    path: String
  ) throws(DatasetError) -> [String: [RadFactSentence]] {
    var targets: [String: [RadFactSentence]] = [:]
    for element in try PlacedJSON(path: path).elements() {
      let id = try element.member("example_id")
      let name = try id.identifier()
      guard targets[name] == nil else { throw id.error(.doubled(id: name)) }
      targets[name] = try sentences(element.member("target"))
    }
    return targets
  }

  /// Narrative reports: a CSV file with the columns example_id, prediction and target. Each text is
  /// one sentence without boxes here, as it stands in the file: it may be empty, and whoever judges
  /// it splits it.
  public static func readTexts(path: String) throws(DatasetError) -> [RadFactExample] {
    let table = try CSVTable(path: path)
    try table.require(["example_id", "prediction", "target"])
    var examples: [RadFactExample] = []
    var ids: Set<String> = []
    for row in table.rows {
      let id = try row.text("example_id")
      guard ids.insert(id).inserted else { throw row.error(.doubled(id: id)) }
      examples.append(
        RadFactExample(
          id: id, prediction: [RadFactSentence(text: try row["prediction"])],
          target: [RadFactSentence(text: try row["target"])]))
    }
    return examples
  }

  private static func sentences(_ list: PlacedJSON) throws(DatasetError) -> [RadFactSentence] {
    var sentences: [RadFactSentence] = []
    for element in try list.elements() {
      let boxes = try element.member("boxes")
      sentences.append(
        RadFactSentence(
          text: try element.member("text").text(),
          boxes: boxes.json.isNull ? nil : try self.boxes(boxes)))
    }
    return sentences
  }

  private static func boxes(_ list: PlacedJSON) throws(DatasetError) -> [RadFactBox] {
    let elements = try list.elements()
    guard !elements.isEmpty else {
      throw list.error(.ill("boxes", "an empty list", wanted: "null or a list of boxes"))
    }
    var boxes: [RadFactBox] = []
    for element in elements {
      let (left, top) = (try element.number("x_min"), try element.number("y_min"))
      let (right, bottom) = (try element.number("x_max"), try element.number("y_max"))
      guard let box = RadFactBox(left: left, top: top, right: right, bottom: bottom) else {
        throw element.error(.outside(corners: [left, top, right, bottom], width: 1, height: 1))
      }
      boxes.append(box)
    }
    return boxes
  }
}
