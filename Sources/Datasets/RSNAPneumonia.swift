/// The RSNA's pneumonia challenge: `stage_2_train_labels.csv`.
public enum RSNAPneumonia {
  public static let dataset = "rsna-pneumonia"

  /// All published images have this size.
  private static let size = ImageSize(width: 1_024, height: 1_024)
  private static let category = "Lung Opacity"
  private static let corners = ["x", "y", "width", "height"]

  /// Reads the labels; each image has one phrase: “Lung opacity”, with its boxes, where the target is
  /// 1, and “No lung opacity”, without one, where it is 0.
  ///
  /// An image is called like its patient, of whom there is no other.
  public static func read(
    path: String, choices: PublishedChoices
  ) throws(DatasetError) -> PublishedDataset {
    let split = try choices.givenSplit(file: path)
    let table = try CSVTable(path: path)
    try table.require(["patientId", "Target"] + corners)
    var phrases = PublishedPhrases(dataset: dataset, file: path, choices: choices)
    var targets: [String: String] = [:]
    for row in table.rows {
      try phrases.take { phrases throws(DatasetError) in
        let id = try row.text("patientId")
        phrases.expectPhrase(onImage: id)
        let target = try row.text("Target")
        guard ["0", "1"].contains(target) else {
          throw row.error(.ill("Target", text: target, wanted: "0 or 1"))
        }
        let known = targets[id] ?? target
        guard target == known else {
          let wanted = "\(known), as on an earlier line of the same image"
          throw row.error(.ill("Target", target, wanted: wanted))
        }
        targets[id] = target
        try take(row, of: id, hasOpacity: target == "1", split: split, into: &phrases)
      }
    }
    return try phrases.finished()
  }

  private static func take(
    _ row: CSVTable.Row, of id: String, hasOpacity: Bool, split: ManifestEntry.Split,
    into phrases: inout PublishedPhrases
  ) throws(DatasetError) {
    let image = PublishedImage(
      id: id, name: phrases.choices.name("\(id).dcm"), size: size, patientID: id, studyID: id,
      split: split)
    let phrase = try phrases.begin(
      on: image, key: [], sentence: hasOpacity ? "Lung opacity" : "No lung opacity",
      category: category, at: "line \(row.line)")
    if !hasOpacity, try row.isBlank(corners) { return }
    try phrases.addBox(to: phrase, failure: row.error) { () throws(DatasetError) in
      guard hasOpacity else {
        throw row.error(.ill("Target", "0", wanted: "1 where there is a box"))
      }
      return try row.corners(x: "x", y: "y", width: "width", height: "height")
    }
  }
}
