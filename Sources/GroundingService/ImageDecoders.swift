internal import Boxes
internal import Images
internal import Threads

/// An image as the network sees it.
struct PreparedImage: Sendable {
  /// [3, side, side], normalised.
  let pixels: [Float]
  let letterbox: Letterbox
}

/// A few threads that decode images, so that the shared pool does not wait for them.
struct ImageDecoders: Sendable {
  private let decoders: [Decoder]

  init(count: Int, limits: ImageLimits, side: Int) {
    decoders = (0..<count).map { Decoder(number: $0, limits: limits, side: side) }
  }

  /// Decodes a PNG or JPEG and lays it into the network's square.
  func prepare(_ bytes: [UInt8]) async throws(ImageError) -> PreparedImage {
    // Which decoder is free is not worth asking: reports come in no pattern.
    try await decoders[Int.random(in: decoders.indices)].prepare(bytes)
  }

  private actor Decoder {
    private let thread: DedicatedThread
    private let limits: ImageLimits
    private let side: Int

    nonisolated var unownedExecutor: UnownedSerialExecutor {
      unsafe thread.asUnownedSerialExecutor()
    }

    init(number: Int, limits: ImageLimits, side: Int) {
      thread = DedicatedThread(name: "decoder \(number)")
      self.limits = limits
      self.side = side
    }

    func prepare(_ bytes: [UInt8]) throws(ImageError) -> PreparedImage {
      let picture = try Picture.decode(bytes, limits: limits)
      let input = NetworkInput(picture, options: PreparationOptions(side: side))
      return PreparedImage(pixels: input.values, letterbox: input.letterbox)
    }
  }
}
