public import Boxes
public import Datasets
internal import JSON

/// A radiograph on which somebody has drawn both lungs.
public struct Film: Sendable {
  /// As the table names it.
  public let file: String
  public let width, height: Int
  public let patientID: String
  /// How it was taken, e.g. `PA`; empty where the table does not say.
  public let view: String
  /// The patient's right lung lies on the left of the picture.
  public let rightLung, leftLung: BoundingBox

  public init(
    file: String, width: Int, height: Int, patientID: String, view: String,
    rightLung: BoundingBox, leftLung: BoundingBox
  ) {
    self.file = file
    self.width = width
    self.height = height
    self.patientID = patientID
    self.view = view
    self.rightLung = rightLung
    self.leftLung = leftLung
  }

  /// The films of a table with the columns file, width, height, view, patient, right_lung and
  /// left_lung; the lungs are `[left, top, right, bottom]` in fractions of the picture.
  public static func read(csv path: String) throws(DatasetError) -> [Film] {
    var films: [Film] = []
    for row in try CSVTable(path: path).rows {
      films.append(
        Film(
          file: try row["file"], width: try side("width", row, path),
          height: try side("height", row, path), patientID: try row["patient"],
          view: try row["view"], rightLung: try lung("right_lung", row, path),
          leftLung: try lung("left_lung", row, path)))
    }
    return films
  }

  private static func side(
    _ name: String, _ row: CSVTable.Row, _ path: String
  ) throws(DatasetError) -> Int {
    let text = try row[name]
    guard let side = Int(text), side > 0, side <= Int32.max else {
      throw DatasetError(
        file: path, line: row.line,
        .illTyped(field: name, found: "“\(text)”", wanted: "a number of pixels above zero"))
    }
    return side
  }

  private static func lung(
    _ name: String, _ row: CSVTable.Row, _ path: String
  ) throws(DatasetError) -> BoundingBox {
    let text = try row[name]
    // What is no JSON is no box either: one message says it.
    let corners = ((try? JSON(parsing: text))?.array ?? []).compactMap { $0.number.map(Float.init) }
    guard corners.count == 4,
      let box = BoundingBox(
        left: corners[0], top: corners[1], right: corners[2], bottom: corners[3])
    else {
      throw DatasetError(
        file: path, line: row.line,
        .illTyped(
          field: name, found: "“\(text)”", wanted: "a box of fractions [x1, y1, x2, y2]"))
    }
    return box
  }
}
