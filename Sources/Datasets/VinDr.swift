internal import JSON

/// VinDr-CXR, read by up to three radiologists an image: Kaggle's `train.csv` and PhysioNet's
/// annotations.
public enum VinDr {
  public static let dataset = "vindr-cxr"

  /// What a radiologist ticks who sees nothing.
  private static let nothing = "No finding"
  private static let corners = ["x_min", "y_min", "x_max", "y_max"]

  /// Reads either table; a phrase is what one radiologist found of one class on one image, with that
  /// class's name as its sentence. Radiologists disagree, and their boxes are not fused: `source` names
  /// who it was. “No finding” has no box.
  ///
  /// Neither table tells the images' sizes, which `choices` has to know, nor patients: each image
  /// counts as one.
  /// - Parameter reader: whose annotations are taken, such as `R9`; nil for everyone's.
  public static func read(
    path: String, reader: String? = nil, choices: PublishedChoices
  ) throws(DatasetError) -> PublishedDataset {
    let split = try choices.givenSplit(file: path)
    let table = try CSVTable(path: path)
    try table.require(["image_id", "class_name"] + corners)
    // The consensus for PhysioNet's test images names nobody.
    let namesReaders = table.names.contains("rad_id")
    if reader != nil { try table.require(["rad_id"]) }
    var phrases = PublishedPhrases(dataset: dataset, file: path, choices: choices)
    var seesNothing: [[String]: Bool] = [:]
    var isKnown = reader == nil
    for row in table.rows {
      try phrases.take { phrases throws(DatasetError) in
        let id = try row.text("image_id")
        phrases.expectPhrase(onImage: id)
        let person = try namesReaders ? row.text("rad_id") : nil
        if let reader, person != reader { return }
        isKnown = true
        let finding = try row.text("class_name")
        let known = seesNothing[[id, person ?? ""]] ?? (finding == nothing)
        seesNothing[[id, person ?? ""]] = known
        guard known == (finding == nothing) else {
          let wanted = "either “\(nothing)” or findings by one reader of an image"
          throw row.error(.ill("class_name", "both", wanted: wanted))
        }
        try take(row, on: id, finding, by: person, split: split, into: &phrases)
      }
    }
    if let reader, !isKnown { throw DatasetError(file: path, .unknownReader(reader)) }
    return try phrases.finished()
  }

  private static func take(
    _ row: CSVTable.Row, on id: String, _ finding: String, by reader: String?,
    split: ManifestEntry.Split, into phrases: inout PublishedPhrases
  ) throws(DatasetError) {
    let published = "\(id).dicom"
    let image = PublishedImage(
      id: id, name: phrases.choices.name(published),
      size: try phrases.choices.requiredSize(of: published, file: row.file),
      patientID: id, studyID: id, split: split)
    let phrase = try phrases.begin(
      on: image, key: [finding, reader ?? ""], sentence: finding, category: finding,
      source: reader.map { .object([.init("reader", .string($0))]) } ?? [:], at: "line \(row.line)")
    if finding == nothing, try row.isBlank(corners) { return }
    try phrases.addBox(to: phrase, failure: row.error) { () throws(DatasetError) in
      guard finding != nothing else {
        throw row.error(
          .ill("class_name", "“\(nothing)”", wanted: "a finding where there is a box"))
      }
      var numbers: [Double] = []
      for name in corners { numbers.append(try row.number(name)) }
      return numbers
    }
  }
}
