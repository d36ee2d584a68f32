/// The boxes of the NIH's chest radiographs: `BBox_List_2017.csv`.
public enum NIHBoxes {
  public static let dataset = "nih"

  /// All published images have this size.
  private static let size = ImageSize(width: 1_024, height: 1_024)

  /// Reads the list; a phrase is a label of one image, with all boxes that it has there.
  ///
  /// The list's first line, `Image Index,Finding Label,Bbox [x,y,w,h],,,`, names other columns than
  /// there are. The patient is the part of a file's name before `_`; each image is a study.
  public static func read(
    path: String, choices: PublishedChoices
  ) throws(DatasetError) -> PublishedDataset {
    let split = try choices.givenSplit(file: path)
    let table = try CSVTable(
      text: PublishedFile.text(path: path), file: path,
      header: "Image Index,Finding Label,Bbox [x,y,w,h],,,",
      names: ["image", "label", "x", "y", "w", "h"])
    var phrases = PublishedPhrases(dataset: dataset, file: path, choices: choices)
    for row in table.rows {
      try phrases.take { phrases throws(DatasetError) in
        try take(row, split: split, into: &phrases)
      }
    }
    return try phrases.finished()
  }

  private static func take(
    _ row: CSVTable.Row, split: ManifestEntry.Split, into phrases: inout PublishedPhrases
  ) throws(DatasetError) {
    let published = try row.text("image")
    let parts = published.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw row.error(
        .ill("Image Index", text: published, wanted: "a name such as 00000001_000.png"))
    }
    let id = published.withoutExtension
    phrases.expectPhrase(onImage: id)
    let image = PublishedImage(
      id: id, name: phrases.choices.name(published), size: size, patientID: String(parts[0]),
      studyID: id, split: split)
    let label = try row.text("label")
    let phrase = try phrases.begin(
      on: image, key: [label], sentence: label, category: label, at: "line \(row.line)")
    try phrases.addBox(to: phrase, failure: row.error) { () throws(DatasetError) in
      try row.corners(x: "x", y: "y", width: "w", height: "h")
    }
  }
}
