/// Width and height of an image, in pixels above zero.
public struct ImageSize: Hashable, Sendable {
  public let width, height: Int

  public init(width: Int, height: Int) {
    precondition(width > 0 && height > 0, "an image of \(width)×\(height) pixels")
    self.width = width
    self.height = height
  }
}

/// The sizes of a data set's images, for annotations that do not tell them.
public struct ImageSizes: Sendable {
  private var sizes: [String: ImageSize] = [:]

  /// Reads a table with the columns image, width and height; a file's name may stand without its
  /// extension.
  public init(path: String) throws(DatasetError) {
    let table = try CSVTable(path: path)
    try table.require(["image", "width", "height"])
    for row in table.rows {
      let image = try row.text("image")
      let size = ImageSize(width: try row.side("width"), height: try row.side("height"))
      guard sizes.updateValue(size, forKey: image) == nil else {
        throw row.error(.doubled(id: image))
      }
    }
  }

  /// The size of the image of that name; nil where the table has none.
  public subscript(image: String) -> ImageSize? {
    sizes[image] ?? sizes[image.withoutExtension]
  }
}

extension String {
  /// The path up to the last full stop of its last component.
  var withoutExtension: String {
    guard let stop = lastIndex(of: "."), !self[stop...].contains("/") else { return self }
    return String(self[..<stop])
  }
}
