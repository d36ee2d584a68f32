/// MS-CXR, phrases of MIMIC-CXR's reports with boxes by radiologists: version 1.1.0 (SPEC §6.4).
///
/// A phrase is what an image has under one category with one text, with as many boxes as there are
/// annotations of it. Patients and studies are named by the digits that MIMIC-CXR gives them.
public enum MSCXR {
  public static let dataset = "ms-cxr"

  /// Reads the CSV file, which names splits, or the COCO file, which does not; told apart by content.
  public static func read(
    path: String, choices: PublishedChoices
  ) throws(DatasetError) -> PublishedDataset {
    let bytes = try PublishedFile.bytes(path: path)
    if PublishedFile.isJSON(bytes) {
      let root = try PlacedJSON(bytes, file: path)
      return try COCO.read(root, dataset: dataset, choices: choices, isMSCXR: true)
    }
    let table = try CSVTable(text: PublishedFile.text(bytes, file: path), file: path)
    try table.require([
      "dicom_id", "category_name", "label_text", "path", "x", "y", "w", "h", "image_width",
      "image_height",
    ])
    let hasSplits = table.names.contains("split")
    if hasSplits, choices.split != nil { throw DatasetError(file: path, .surplusSplit) }
    let split = try hasSplits ? nil : choices.givenSplit(file: path)
    var phrases = PublishedPhrases(dataset: dataset, file: path, choices: choices)
    for row in table.rows {
      try phrases.take { phrases throws(DatasetError) in
        try take(row, split: split, into: &phrases)
      }
    }
    return try phrases.finished()
  }

  private static func take(
    _ row: CSVTable.Row, split: ManifestEntry.Split?, into phrases: inout PublishedPhrases
  ) throws(DatasetError) {
    let id = try row.text("dicom_id")
    phrases.expectPhrase(onImage: id)
    let published = try row.text("path")
    guard let path = MIMICPath(published) else {
      throw row.error(.ill("path", text: published, wanted: MIMICPath.pattern))
    }
    let splitOfRow = if let split { split } else { try row.publishedSplit() }
    let image = PublishedImage(
      id: id, name: phrases.choices.name(published),
      size: ImageSize(
        width: try row.side("image_width"), height: try row.side("image_height")),
      patientID: path.patientID, studyID: path.studyID,
      split: splitOfRow)
    let (category, text) = (try row.text("category_name"), try row.text("label_text"))
    let phrase = try phrases.begin(
      on: image, key: [category, text], sentence: text, category: category,
      at: "line \(row.line)")
    try phrases.addBox(to: phrase, failure: row.error) { () throws(DatasetError) in
      try row.corners(x: "x", y: "y", width: "w", height: "h")
    }
  }
}

/// What the path of an image of MIMIC-CXR says: `files/p19/p19999999/s59999999/NAME.jpg`.
struct MIMICPath {
  static let pattern = "a path such as files/p19/p19999999/s59999999/NAME.jpg"

  /// Digits only.
  let patientID, studyID: String

  /// Nil for a path of another kind.
  init?(_ path: String) {
    let folders = path.split(separator: "/").dropLast()
    guard let study = folders.last, let patient = folders.dropLast().last,
      study.first == "s", patient.first == "p", study.count > 1, patient.count > 1,
      (study.dropFirst() + patient.dropFirst()).allSatisfy({ $0.isASCII && $0.isNumber })
    else { return nil }
    patientID = String(patient.dropFirst())
    studyID = String(study.dropFirst())
  }
}
