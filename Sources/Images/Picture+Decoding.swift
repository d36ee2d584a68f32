extension Picture {
  /// Decodes a PNG or JPEG file, told apart by content.
  ///
  /// Alpha and tRNS are dropped, not composited: the recorded intensities stay as they are, as in
  /// the usual conversion of training images to RGB. Gamma and colour profiles are not applied.
  /// A JPEG is turned upright as its EXIF orientation says. A file that is damaged anywhere is
  /// refused, even where a viewer would show a part of it: a half grey radiograph misleads.
  public static func decode(_ bytes: [UInt8], limits: ImageLimits = ImageLimits())
    throws(ImageError) -> Picture
  {
    switch ImageFormat(recognising: bytes) {
    case .png: try PNG.decode(bytes, limits: limits)
    case .jpeg: try JPEG.decode(bytes, limits: limits)
    case nil: throw .unknownFormat
    }
  }
}
