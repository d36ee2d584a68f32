public import Boxes
public import JSON

/// One sentence, its image and the boxes that ground it: a line of a manifest.
public struct ManifestEntry: Hashable, Sendable {
  /// What a data set's part is used for.
  public enum Split: String, Hashable, Sendable, CaseIterable {
    case train, val, test

    /// By any of the names that publishers use.
    init?(published name: String) {
      self.init(rawValue: ["validate", "validation"].contains(name) ? "val" : name)
    }
  }

  /// Unlike any other's in its manifest.
  public let id: String
  /// The data set it comes from.
  public let dataset: String
  public let split: Split
  /// The file of the image, relative to the manifest's folder unless absolute.
  public let image: String
  /// Of the original image, in pixels, above zero.
  public let width, height: Int
  public let patientID, studyID: String
  public let sentence: String
  /// In pixels of the original image; empty where the sentence has nothing to show.
  public let boxes: [PixelBox]
  /// What the sentence says; nil where the data set does not tell.
  public let category: String?
  /// Whatever else the data set's maker keeps: an object.
  public let source: JSON

  /// - Parameters:
  ///   - boxes: inside the image.
  ///   - source: an object.
  public init(
    id: String, dataset: String, split: Split, image: String, width: Int, height: Int,
    patientID: String, studyID: String, sentence: String, boxes: [PixelBox],
    category: String? = nil, source: JSON = [:]
  ) {
    precondition(width > 0 && height > 0, "an image of \(width)×\(height) pixels")
    precondition(
      boxes.allSatisfy { $0.right <= Double(width) && $0.bottom <= Double(height) },
      "a box outside \(width)×\(height) pixels")
    precondition(source.members != nil, "the source is \(source.kind)")
    self.id = id
    self.dataset = dataset
    self.split = split
    self.image = image
    self.width = width
    self.height = height
    self.patientID = patientID
    self.studyID = studyID
    self.sentence = sentence
    self.boxes = boxes
    self.category = category
    self.source = source
  }

  /// The boxes as fractions of the image; those too thin for a `Float` are left out.
  public var fractions: [BoundingBox] {
    boxes.compactMap { $0.fractions(width: width, height: height) }
  }

  /// Words of the sentence: what white space separates.
  public var wordCount: Int {
    var (count, isWithin) = (0, false)
    for scalar in sentence.unicodeScalars {
      let isSpace = scalar.properties.isWhitespace
      if !isSpace, !isWithin { count += 1 }
      isWithin = !isSpace
    }
    return count
  }

  /// Where the image is, seen from where the manifest was opened.
  public func imagePath(manifest: String) -> String {
    guard !image.hasPrefix("/"), let slash = manifest.lastIndex(of: "/") else { return image }
    return manifest[...slash] + image
  }

  /// The entry as it stands in a manifest.
  public var json: JSON {
    [
      "id": .string(id), "dataset": .string(dataset), "split": .string(split.rawValue),
      "image": .string(image), "height": .integer(Int64(height)),
      "width": .integer(Int64(width)), "patient_id": .string(patientID),
      "study_id": .string(studyID), "sentence": .string(sentence),
      "boxes": .array(boxes.map { $0.json }), "category": .string(orNull: category),
      "source": source,
    ]
  }
}
