internal import CJPEG

/// Reads JPEG files through libjpeg-turbo.
public enum JPEG {
  /// Decodes 8-bit grey, YCbCr, RGB, CMYK and YCCK, baseline or progressive, and turns the picture
  /// upright as its EXIF orientation says.
  ///
  /// A file that ends early or whose coded data do not fit is refused.
  public static func decode(_ bytes: [UInt8], limits: ImageLimits) throws(ImageError) -> Picture {
    try bytes.withUnsafeBufferPointer { buffer throws(ImageError) in
      guard let base = buffer.baseAddress else { throw .truncated(.jpeg) }
      let codec = try JPEGCodec()
      let header = try codec.open(base, count: buffer.count)
      let orientation = codec.orientation
      let (width, height) = (Int(header.width), Int(header.height))
      let channels = Int(header.channels)
      // Turning and the conversion from CMYK need the picture a second time.
      let copies = orientation == .upright && channels < 4 ? 1 : 2
      try limits.check(width: width, height: height, bytesPerPixel: channels * copies)
      let count = width * height * channels
      var values = [UInt8](repeating: 0, count: count)
      try codec.read(
        into: &values, rowBytes: width * channels, scansMax: limits.scans(pixels: width * height),
        memory: limits.memoryBytesMax - count * copies, of: limits)
      if channels == 4 { values = rgb(fromInks: values, isInverted: header.is_inverted != 0) }
      return Picture(
        width: width, height: height, channels: min(3, channels), samples: .eight(values)
      ).turned(orientation)
    }
  }

  /// Paper shows what the inks leave: red = (255 − cyan) · (255 − black) / 255, rounded.
  private static func rgb(fromInks inks: [UInt8], isInverted: Bool) -> [UInt8] {
    let flip: UInt8 = isInverted ? 0 : 255
    var colours = [UInt8](repeating: 0, count: inks.count / 4 * 3)
    inks.withUnsafeBufferPointer { inks in
      colours.withUnsafeMutableBufferPointer { colours in
        for pixel in 0..<inks.count / 4 {
          let light = UInt32(inks[4 * pixel + 3] ^ flip)
          for channel in 0..<3 {
            let product = UInt32(inks[4 * pixel + channel] ^ flip) * light
            colours[3 * pixel + channel] = UInt8((product + 127) / 255)
          }
        }
      }
    }
    return colours
  }

  /// Owns one libjpeg reader.
  private struct JPEGCodec: ~Copyable {
    private let codec: UnsafeMutablePointer<grounded_jpeg>

    init() throws(ImageError) {
      guard let codec = grounded_jpeg_make() else { throw .tooMuchMemory(bytesMax: 0) }
      self.codec = codec
    }

    deinit { grounded_jpeg_close(codec) }

    /// `bytes` must outlive the owner.
    func open(_ bytes: UnsafePointer<UInt8>, count: Int)
      throws(ImageError) -> grounded_jpeg_header
    {
      var header = grounded_jpeg_header()
      guard grounded_jpeg_open(codec, bytes, count, &header) == 1 else {
        throw failure(scansMax: 0, memory: 0)
      }
      return header
    }

    func read(
      into samples: inout [UInt8], rowBytes: Int, scansMax: Int, memory: Int, of limits: ImageLimits
    )
      throws(ImageError)
    {
      let isRead = samples.withUnsafeMutableBufferPointer {
        grounded_jpeg_read(codec, $0.baseAddress, rowBytes, Int32(scansMax), max(1, memory)) == 1
      }
      guard isRead else { throw failure(scansMax: scansMax, memory: limits.memoryBytesMax) }
    }

    /// What the first EXIF block says.
    var orientation: Orientation {
      var marker = codec.pointee.codec.marker_list
      while let block = marker {
        let data = UnsafeBufferPointer(
          start: block.pointee.data, count: Int(block.pointee.data_length))
        if let orientation = Orientation(exif: data) { return orientation }
        marker = block.pointee.next
      }
      return .upright
    }

    private func failure(scansMax: Int, memory: Int) -> ImageError {
      let reason = withUnsafeBytes(of: codec.pointee.reason) { text(of: $0) }
      switch codec.pointee.code {
      case Int32(grounded_jpeg_too_many_scans):
        return .tooManyScans(scansMax: scansMax)
      case Int32(JWRN_JPEG_EOF.rawValue), Int32(JERR_INPUT_EOF.rawValue),
        Int32(JERR_INPUT_EMPTY.rawValue):
        return .truncated(.jpeg)
      case Int32(JERR_NO_BACKING_STORE.rawValue), Int32(JERR_OUT_OF_MEMORY.rawValue):
        return .tooMuchMemory(bytesMax: memory)
      case Int32(JERR_BAD_PRECISION.rawValue), Int32(JERR_SOF_UNSUPPORTED.rawValue),
        Int32(JERR_CONVERSION_NOTIMPL.rawValue), Int32(JERR_NOT_COMPILED.rawValue),
        Int32(JERR_ARITH_NOTIMPL.rawValue), Int32(JERR_CCIR601_NOTIMPL.rawValue),
        Int32(JERR_FRACT_SAMPLE_NOTIMPL.rawValue):
        return .unsupported(.jpeg, reason: reason)
      default:
        return .malformed(.jpeg, reason: reason)
      }
    }
  }
}
