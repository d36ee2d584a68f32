/// The sizes of MIMIC-CXR's images, which scene graphs do not tell.
public struct MIMICSizes: Sendable {
  private var sizes: [String: ImageSize] = [:]

  /// Reads `dicom_id`, `Rows` and `Columns`, as in the metadata of MIMIC-CXR-JPG; or `image`,
  /// `width` and `height`, where `image` is the `dicom_id`.
  public init(path: String) throws(DatasetError) {
    let table = try CSVTable(path: path)
    let isMetadata = table.names.contains("dicom_id")
    let (id, width, height) =
      isMetadata ? ("dicom_id", "Columns", "Rows") : ("image", "width", "height")
    try table.require([id, width, height])
    sizes.reserveCapacity(table.rows.count)
    for row in table.rows {
      let image = try row.text(id)
      let size = ImageSize(width: try row.side(width), height: try row.side(height))
      guard sizes.updateValue(size, forKey: image) == nil else {
        throw row.error(.doubled(id: image))
      }
    }
  }

  subscript(image: String) -> ImageSize? { sizes[image] }
}

/// Which split an image belongs to.
public enum CurationSplits: Sendable {
  /// All to the same one.
  case all(ManifestEntry.Split)
  /// By `dicom_id`.
  case published([String: ManifestEntry.Split])

  /// Reads `dicom_id` and `split` of MIMIC-CXR's own split: train, validate, test.
  public init(path: String) throws(DatasetError) {
    let table = try CSVTable(path: path)
    try table.require(["dicom_id", "split"])
    var splits: [String: ManifestEntry.Split] = [:]
    splits.reserveCapacity(table.rows.count)
    for row in table.rows {
      let (image, split) = (try row.text("dicom_id"), try row.publishedSplit())
      guard splits.updateValue(split, forKey: image) == nil else {
        throw row.error(.doubled(id: image))
      }
    }
    self = .published(splits)
  }

  subscript(image: String) -> ManifestEntry.Split? {
    switch self {
    case .all(let split): split
    case .published(let splits): splits[image]
    }
  }
}
