/// The image formats that are read.
public enum ImageFormat: String, Hashable, Sendable, CaseIterable {
  case png, jpeg

  /// Tells the format by the first bytes, never by a name; nil for anything else.
  ///
  /// JPEG-LS and JPEG 2000 are other formats.
  public init?(recognising bytes: some Collection<UInt8>) {
    let head = Array(bytes.prefix(8))
    if head == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] {
      self = .png
    } else if head.starts(with: [0xFF, 0xD8, 0xFF]), head.count > 3, head[3] != 0xF7 {
      self = .jpeg
    } else {
      return nil
    }
  }

  /// How people write it.
  public var name: String {
    switch self {
    case .png: "PNG"
    case .jpeg: "JPEG"
    }
  }
}
