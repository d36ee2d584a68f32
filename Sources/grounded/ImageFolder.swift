internal import Datasets
internal import FoundationEssentials
internal import Images
internal import Synchronization

/// A folder of PNG and JPEG files whose sizes are asked for by name.
final class ImageFolder: Sendable {
  private let folder: String
  private let sizes = Mutex<[String: ImageSize]>([:])

  init(_ folder: String) { self.folder = folder }

  /// The size of a file's picture as a viewer shows it: of a PNG by its header, of a JPEG, which
  /// may be turned, by decoding it. Each file is read once.
  func size(of name: String) throws(DatasetError) -> ImageSize {
    if let size = sizes.withLock({ $0[name] }) { return size }
    let path = "\(folder)/\(name)"
    let bytes: Data
    do { bytes = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) } catch {
      throw DatasetError(file: path, .unreadable(reason: "it is absent or not ours to read"))
    }
    let size: ImageSize
    do throws(ImageError) { size = try Self.size(bytes) } catch {
      throw DatasetError(file: path, .unreadable(reason: error.description))
    }
    sizes.withLock { $0[name] = size }
    return size
  }

  private static func size(_ bytes: Data) throws(ImageError) -> ImageSize {
    guard ImageFormat(recognising: bytes) == .png else {
      let picture = try Picture.decode(Array(bytes))
      return ImageSize(width: picture.width, height: picture.height)
    }
    guard let (width, height) = try PNG.size(in: bytes, limits: ImageLimits()) else {
      throw .truncated(.png)
    }
    guard width > 0, height > 0 else {
      throw .malformed(.png, reason: "its picture has \(width)×\(height) pixels")
    }
    return ImageSize(width: width, height: height)
  }
}
