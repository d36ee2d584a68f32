internal import JSON

/// PadChest-GR, radiographs of PadChest with grounded reports (SPEC §6.4).
public enum PadChestGR {
  public static let dataset = "padchest-gr"

  /// Reads the file of grounded reports, and the master table for patients and splits.
  ///
  /// A phrase is a finding: its English sentence, with the boxes of the first reader. The second
  /// reader's boxes and what else the finding says stay in `source`. Boxes are published as
  /// fractions, so that `choices` has to know the size of every image. The category is a finding's
  /// label where it has exactly one.
  public static func read(
    path: String, table tablePath: String, choices: PublishedChoices
  ) throws(DatasetError) -> PublishedDataset {
    let people = try people(tablePath)
    if choices.split != nil { throw DatasetError(file: tablePath, .surplusSplit) }
    var phrases = PublishedPhrases(dataset: dataset, file: path, choices: choices)
    var ids: Set<String> = []
    for study in try PlacedJSON(path: path).elements() {
      let imageID = try study.member("ImageID")
      let published = try imageID.text()
      guard ids.insert(published).inserted else { throw imageID.error(.doubled(id: published)) }
      guard let person = people[published] else {
        throw imageID.ill("an image of \(tablePath)")
      }
      let image = PublishedImage(
        id: published.withoutExtension, name: choices.name(published),
        size: try choices.requiredSize(of: published, file: path), patientID: person.id,
        studyID: try study.member("StudyID").identifier(), split: person.split)
      for finding in try study.member("findings").elements() {
        try phrases.take { phrases throws(DatasetError) in
          try take(finding, on: image, into: &phrases)
        }
      }
    }
    return try phrases.finished()
  }

  private struct Person: Hashable {
    let id: String
    let split: ManifestEntry.Split
  }

  /// Whose an image is, from a table with a row for each label of each image.
  private static func people(_ path: String) throws(DatasetError) -> [String: Person] {
    let table = try CSVTable(path: path)
    try table.require(["ImageID", "PatientID", "split"])
    var people: [String: Person] = [:]
    for row in table.rows {
      let image = try row.text("ImageID")
      let person = Person(id: try row.text("PatientID"), split: try row.publishedSplit())
      guard people[image] == nil || people[image] == person else {
        throw row.error(.contradicting(earlier: "an earlier line"))
      }
      people[image] = person
    }
    return people
  }

  private static func take(
    _ finding: PlacedJSON, on image: PublishedImage, into phrases: inout PublishedPhrases
  ) throws(DatasetError) {
    let sentence = try finding.member("sentence_en").text()
    var labels: [String] = []
    for label in try finding.optional("labels")?.elements() ?? [] {
      labels.append(try label.text())
    }
    // Two findings of one image may say the same: each is a phrase.
    let phrase = try phrases.begin(
      on: image, key: [finding.place], sentence: sentence,
      category: labels.count == 1 ? labels[0] : nil, source: source(finding), at: finding.place)
    do throws(DatasetError) {
      for box in try finding.optional("boxes")?.elements() ?? [] {
        try phrases.addBox(to: phrase, failure: box.error) { () throws(DatasetError) in
          let corners = try box.quartet()
          let (width, height) = (Double(image.size.width), Double(image.size.height))
          return [
            corners[0] * width, corners[1] * height, corners[2] * width, corners[3] * height,
          ]
        }
      }
    } catch {
      phrases.markUnfit(phrase)
      throw error
    }
  }

  private static func source(_ finding: PlacedJSON) -> JSON {
    let names = ["sentence_es", "abnormal", "labels", "locations", "progression", "extra_boxes"]
    return .object(names.compactMap { name in finding.json[name].map { .init(name, $0) } })
  }
}
