/// Why bytes are not an image that can be grounded.
public enum ImageError: Error, Hashable, Sendable {
  case unknownFormat
  case sideTooLong(width: Int, height: Int, sideMax: Int)
  case tooManyPixels(width: Int, height: Int, pixelsMax: Int)
  case tooMuchMemory(bytesMax: Int)
  case tooManyScans(scansMax: Int)
  case truncated(ImageFormat)
  case malformed(ImageFormat, reason: String)
  case unsupported(ImageFormat, reason: String)

  /// Stays the same from version to version.
  public var code: String {
    switch self {
    case .unknownFormat: "unknown_format"
    case .sideTooLong: "side_too_long"
    case .tooManyPixels: "too_many_pixels"
    case .tooMuchMemory: "too_much_memory"
    case .tooManyScans: "too_many_scans"
    case .truncated: "truncated"
    case .malformed: "malformed"
    case .unsupported: "unsupported"
    }
  }

  /// True when the image may be sound but exceeds `ImageLimits`.
  public var isOverLimit: Bool {
    switch self {
    case .sideTooLong, .tooManyPixels, .tooMuchMemory, .tooManyScans: true
    case .unknownFormat, .truncated, .malformed, .unsupported: false
    }
  }
}

extension ImageError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownFormat:
      "This is neither a PNG nor a JPEG file. Convert the image to one of them."
    case .sideTooLong(let width, let height, let sideMax):
      "The image has \(width)×\(height) pixels; a side may have \(sideMax). Scale it down."
    case .tooManyPixels(let width, let height, let pixelsMax):
      "The image has \(width)×\(height) pixels; at most \(pixelsMax) are read. "
        + "Scale it down, or raise images.pixels_max."
    case .tooMuchMemory(let bytesMax):
      "Decoding the image would take more than \(bytesMax) bytes of memory. Scale it down."
    case .tooManyScans(let scansMax):
      "The progressive JPEG has more than \(scansMax) scans. Save it as a baseline JPEG."
    case .truncated(let format):
      "The \(format.name) file ends before the image does. Fetch it again from its source."
    case .malformed(let format, let reason):
      "The \(format.name) file is damaged: \(reason). Fetch it again from its source."
    case .unsupported(let format, let reason):
      "This kind of \(format.name) is not read: \(reason). Convert it to an 8-bit JPEG or a PNG."
    }
  }
}
