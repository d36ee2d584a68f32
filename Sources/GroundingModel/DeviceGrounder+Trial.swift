internal import CUDA
internal import Tensors

extension DeviceGrounder {
  /// Lets the device ground with a small network whose heads are as large as this one's, and compares its boxes
  /// with the processor's: a driver, a library or a card that computes wrong is noticed before it is believed.
  ///
  /// Takes some tenths of a second.
  ///
  /// - Throws: `.device(.wrongAnswers)`.
  public func prove(threads: Int) throws(ModelError) {
    var shared = device
    guard shared != nil else { return }
    let sizes = ModelConfiguration.trial(like: configuration)
    let weights = try SeededWeights(sizes, seed: 3)
    let floats = try MedGrounder(weights, sizes, threads: threads, textBytesMax: 0)
    let trial = try DeviceGrounder(weights, sizes, factors: factors, kernels: kernels) {
      () throws(CUDAError) in
      defer { shared = nil }
      if let shared { return shared }
      self.letGo()
      return try self.open()
    }
    let parity = try DeviceBenchmark.parity("trial", trial, with: floats)
    let allowed = factors == .f32 ? DeviceBenchmark.Parity.tolerance : Self.tolerance
    guard parity.box <= allowed else {
      throw .device(.wrongAnswers(distance: Double(parity.box)))
    }
  }

  /// Of boxes in 16 bits, as fractions of the image.
  private static let tolerance: Float = 0.05
}

extension ModelConfiguration {
  /// A small network with heads of the same sizes.
  public static func trial(like other: ModelConfiguration) -> ModelConfiguration {
    var sizes = ModelConfiguration()
    (sizes.blocks, sizes.width, sizes.side) = ([1, 2, 1, 1], 16, 128)
    (sizes.heads, sizes.feedForward, sizes.queries) = (2, 128, 10)
    sizes.channels = 2 * other.channels / other.heads
    (sizes.encoderLayers, sizes.decoderLayers) = (2, 2)
    (sizes.textHeads, sizes.textFeedForward, sizes.textLayers) = (2, 96, 4)
    sizes.textChannels = 2 * other.textChannels / other.textHeads
    (sizes.textWindow, sizes.vocabulary) = (8, 512)
    (sizes.padToken, sizes.startToken, sizes.endToken) = (0, 1, 2)
    return sizes
  }
}
