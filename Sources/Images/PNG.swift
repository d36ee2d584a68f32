internal import CPNG

/// Reads and writes PNG files through libpng's row interface; of most files libdeflate unpacks the samples first.
public enum PNG {
  /// Memory of one ancillary chunk; those that matter here are far smaller.
  private static let chunkBytesMax = 8 << 20
  private static let chunksMax: UInt32 = 128

  /// Decodes 1 to 16 bits, grey, colour or palette, with or without alpha, plain or interlaced.
  ///
  /// Alpha and tRNS are dropped. A wrong checksum in any chunk refuses the file.
  public static func decode(_ bytes: [UInt8], limits: ImageLimits) throws(ImageError) -> Picture {
    let plain = try bytes.withUnsafeBufferPointer { buffer throws(ImageError) in
      _ = try size(in: buffer, limits: limits)
      return unpacked(buffer, bytesMax: limits.memoryBytesMax)
    }
    return try read(plain ?? bytes, isChecked: plain != nil, limits: limits)
  }

  /// - isChecked: whether all checksums are known to be right.
  static func read(
    _ bytes: [UInt8], isChecked: Bool = false, limits: ImageLimits
  ) throws(ImageError) -> Picture {
    try bytes.withUnsafeBufferPointer { buffer throws(ImageError) in
      guard let base = buffer.baseAddress else { throw .truncated(.png) }
      let codec = try PNGCodec()
      let header = try codec.open(base, count: buffer.count, isChecked: isChecked, limits: limits)
      let (width, height) = (Int(header.width), Int(header.height))
      let channels = Int(header.channels)
      let isDeep = header.bit_depth == 16
      let pixelBytes = channels * (isDeep ? 2 : 1)
      try limits.check(width: width, height: height, bytesPerPixel: pixelBytes)
      let count = width * height * channels
      let samples: Picture.Samples
      if isDeep {
        var values = [UInt16](repeating: 0, count: count)
        try codec.read(into: &values, rowBytes: width * pixelBytes)
        samples = .sixteen(values)
      } else {
        var values = [UInt8](repeating: 0, count: count)
        try codec.read(into: &values, rowBytes: width * pixelBytes)
        samples = .eight(values)
      }
      return Picture(width: width, height: height, channels: channels, samples: samples)
    }
  }

  /// Width and height, which stand in the first chunk, as big-endian numbers; nil where there is no
  /// such chunk.
  ///
  /// Refuses by name what libpng, under the same limit, would call damaged.
  public static func size(
    in bytes: some Sequence<UInt8>, limits: ImageLimits
  ) throws(ImageError) -> (width: Int, height: Int)? {
    let header = Array(bytes.prefix(24))
    guard header.count == 24, header[12..<16].elementsEqual("IHDR".utf8) else { return nil }
    let width = header[16..<20].reduce(0) { $0 << 8 | Int($1) }
    let height = header[20..<24].reduce(0) { $0 << 8 | Int($1) }
    try limits.check(width: width, height: height, bytesPerPixel: 1)
    return (width, height)
  }

  /// A PNG file of 8 or 16 bits, grey or RGB, that decodes to the same picture.
  public static func encode(_ picture: Picture) -> [UInt8] {
    switch picture.samples {
    case .eight(let values): encode(picture, values)
    case .sixteen(let values): encode(picture, values)
    }
  }

  private static func encode<Sample>(_ picture: Picture, _ values: [Sample]) -> [UInt8] {
    let codec = grounded_png_make()
    defer { codec.map(grounded_png_close) }
    let header = grounded_png_header(
      width: UInt32(picture.width), height: UInt32(picture.height),
      bit_depth: Int32(picture.bitDepth), channels: Int32(picture.channels))
    let rowBytes = picture.width * picture.channels * MemoryLayout<Sample>.stride
    let isWritten = values.withUnsafeBytes { samples in
      grounded_png_write(
        codec, samples.baseAddress?.assumingMemoryBound(to: UInt8.self), rowBytes, header) == 1
    }
    // A picture is always valid, so that libpng can only have run out of memory.
    precondition(isWritten, "no memory to write \(picture.width)×\(picture.height) pixels as PNG")
    return codec.map {
      Array(UnsafeBufferPointer(start: $0.pointee.output, count: $0.pointee.output_count))
    } ?? []
  }

  /// Owns one libpng reader.
  private struct PNGCodec: ~Copyable {
    private let codec: UnsafeMutablePointer<grounded_png>

    init() throws(ImageError) {
      guard let codec = grounded_png_make() else { throw .tooMuchMemory(bytesMax: 0) }
      self.codec = codec
    }

    deinit { grounded_png_close(codec) }

    /// `bytes` must outlive the owner.
    func open(
      _ bytes: UnsafePointer<UInt8>, count: Int, isChecked: Bool, limits: ImageLimits
    ) throws(ImageError) -> grounded_png_header {
      let bounds = grounded_png_limits(
        side_max: UInt32(clamping: limits.sideMax), chunk_bytes_max: PNG.chunkBytesMax,
        chunks_max: PNG.chunksMax)
      var header = grounded_png_header()
      let isOpen = grounded_png_open(codec, bytes, count, isChecked ? 1 : 0, bounds, &header)
      guard isOpen == 1 else { throw failure }
      return header
    }

    func read<Sample>(into samples: inout [Sample], rowBytes: Int) throws(ImageError) {
      let isRead = samples.withUnsafeMutableBytes {
        grounded_png_read(codec, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), rowBytes) == 1
      }
      guard isRead else { throw failure }
    }

    private var failure: ImageError {
      if codec.pointee.input_ended != 0 { return .truncated(.png) }
      return .malformed(
        .png, reason: withUnsafeBytes(of: codec.pointee.reason) { text(of: $0) })
    }
  }
}

/// The text of a C buffer, up to its zero.
func text(of buffer: UnsafeRawBufferPointer) -> String {
  String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
}
