/// Boxes in the format of COCO: `images`, `categories` and `annotations`.
public enum COCO {
  /// Reads a file whose categories are its sentences: a phrase is a category's name on one image.
  ///
  /// Each image counts as a patient and a study of its own, unless it has a `patient_id` or a
  /// `study_id`. Images without an annotation have no phrase.
  public static func read(
    path: String, dataset: String, choices: PublishedChoices
  ) throws(DatasetError) -> PublishedDataset {
    try read(PlacedJSON(path: path), dataset: dataset, choices: choices, isMSCXR: false)
  }

  /// - Parameter isMSCXR: true where images' paths tell patients, and every annotation has its text.
  static func read(
    _ root: PlacedJSON, dataset: String, choices: PublishedChoices, isMSCXR: Bool
  ) throws(DatasetError) -> PublishedDataset {
    let split = try choices.givenSplit(file: root.file)
    let categories = try self.categories(root)
    var phrases = PublishedPhrases(dataset: dataset, file: root.file, choices: choices)
    var images: [String: PublishedImage] = [:]
    var ids: Set<String> = []
    for element in try root.member("images").elements() {
      let id = try element.member("id").identifier()
      let names = try isMSCXR ? Naming(ofMSCXR: element) : Naming(image: element)
      let image = PublishedImage(
        id: names.id, name: choices.name(names.path),
        size: ImageSize(width: try element.side("width"), height: try element.side("height")),
        patientID: names.patientID, studyID: names.studyID, split: split)
      guard images.updateValue(image, forKey: id) == nil, ids.insert(names.id).inserted else {
        throw element.error(.doubled(id: "\(id), \(names.id)"))
      }
    }
    for annotation in try root.member("annotations").elements() {
      try phrases.take { phrases throws(DatasetError) in
        try take(annotation, images, categories, needsText: isMSCXR, into: &phrases)
      }
    }
    return try phrases.finished()
  }

  private static func categories(_ root: PlacedJSON) throws(DatasetError) -> [String: String] {
    var categories: [String: String] = [:]
    for element in try root.member("categories").elements() {
      let id = try element.member("id").identifier()
      let name = try element.member("name").text()
      guard categories.updateValue(name, forKey: id) == nil else {
        throw element.error(.doubled(id: id))
      }
    }
    return categories
  }

  private static func take(
    _ annotation: PlacedJSON, _ images: [String: PublishedImage], _ categories: [String: String],
    needsText: Bool, into phrases: inout PublishedPhrases
  ) throws(DatasetError) {
    let imageID = try annotation.member("image_id")
    guard let image = images[try imageID.identifier()] else {
      throw imageID.ill("the id of an image")
    }
    phrases.expectPhrase(onImage: image.id)
    let categoryID = try annotation.member("category_id")
    guard let category = categories[try categoryID.identifier()] else {
      throw categoryID.ill("the id of a category")
    }
    let text: PlacedJSON? =
      try needsText ? annotation.member("label_text") : annotation.optional("label_text")
    let sentence = try text?.text() ?? category
    let phrase = try phrases.begin(
      on: image, key: [category, sentence], sentence: sentence, category: category,
      at: annotation.place)
    try phrases.addBox(to: phrase, failure: annotation.error) { () throws(DatasetError) in
      let box = try annotation.member("bbox").quartet()
      return [box[0], box[1], box[0] + box[2], box[1] + box[3]]
    }
  }

  /// What an image is called, and whose it is.
  struct Naming {
    let id: String
    let path: String
    let patientID, studyID: String

    init(image: PlacedJSON) throws(DatasetError) {
      path = try image.member("file_name").text()
      id = path
      let patient = try image.optional("patient_id")?.identifier() ?? path
      patientID = patient
      studyID = try image.optional("study_id")?.identifier() ?? path
    }

    /// Of an image of MS-CXR: its path tells the patient, its file's name the rest.
    init(ofMSCXR image: PlacedJSON) throws(DatasetError) {
      let member =
        if let path = try image.optional("path") { path } else { try image.member("file_name") }
      path = try member.text()
      guard let place = MIMICPath(path) else {
        throw member.ill(MIMICPath.pattern)
      }
      id = (path.split(separator: "/").last.map { String($0) } ?? path).withoutExtension
      patientID = place.patientID
      studyID = place.studyID
    }
  }
}
