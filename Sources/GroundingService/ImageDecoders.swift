internal import Images
internal import Threads

/// A few threads that decode images, so that the shared pool does not wait for them.
struct ImageDecoders: Sendable {
  private let decoders: WorkerPool<Decoder>

  init(count: Int, limits: ImageLimits, side: Int) {
    decoders = WorkerPool((0..<count).map { Decoder(number: $0, limits: limits, side: side) })
  }

  /// Decodes a PNG or JPEG and lays it into the network's square.
  func prepare(_ bytes: [UInt8]) async throws(ImageError) -> NetworkInput {
    try await decoders.use { await $0.prepare(bytes) }.get()
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

    func prepare(_ bytes: [UInt8]) -> Result<NetworkInput, ImageError> {
      Result { () throws(ImageError) in
        let picture = try Picture.decode(bytes, limits: limits)
        return NetworkInput(picture, options: PreparationOptions(side: side))
      }
    }
  }
}
