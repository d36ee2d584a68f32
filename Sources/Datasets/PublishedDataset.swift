/// What became of a data set's published files.
public struct PublishedDataset: Sendable {
  /// In the order in which their phrases begin in the file; at least one, and no patient in two
  /// splits.
  public let entries: [ManifestEntry]
  /// Annotations that were left out, with why. A phrase one of whose boxes is unfit is left out
  /// whole, since the others alone would not be its truth; and all of an image where an unfit
  /// annotation does not tell its phrase.
  public let skipped: [DatasetError]
  /// Boxes that stand a second time in their phrase, and were taken once.
  public let repeatedBoxes: Int
}

/// How published files are read.
public struct PublishedChoices: Sendable {
  /// The split of all phrases, where the files do not name one.
  public var split: ManifestEntry.Split?
  /// Leaves out unfit annotations; without, the first one is an error.
  public var skipsUnfit = false
  /// What stands before the images' published paths, such as `/data/`.
  public var imagePrefix = ""
  /// Stands in place of the images' published extension, such as `png`; nil keeps that.
  public var imageExtension: String?
  /// The size of an image by its name, without the prefix, and by its published name; nil where it
  /// is not known.
  public var size:
    @Sendable (_ name: String, _ published: String) throws(DatasetError)
      -> ImageSize? = { _, _ in nil }

  public init() {}

  /// The split of all phrases of a file that names none.
  func givenSplit(file: String) throws(DatasetError) -> ManifestEntry.Split {
    guard let split else { throw DatasetError(file: file, .noSplit) }
    return split
  }

  /// An image's size, which nobody has published.
  func requiredSize(of published: String, file: String) throws(DatasetError) -> ImageSize {
    let name = name(published)
    guard let size = try self.size(name, published) else {
      throw DatasetError(file: file, .unknownSize(image: name))
    }
    return size
  }

  /// An image's name with the extension that is wanted.
  func name(_ published: String) -> String {
    guard let imageExtension else { return published }
    return "\(published.withoutExtension).\(imageExtension)"
  }
}

/// An image of a data set, before its phrases.
struct PublishedImage: Hashable, Sendable {
  /// Unlike any other's in its data set.
  let id: String
  /// Its path without the prefix.
  let name: String
  let size: ImageSize
  let patientID, studyID: String
  let split: ManifestEntry.Split
}
