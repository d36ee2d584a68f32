public import Images
public import Tensors

/// An image and the sentences that speak of it.
public struct GroundingRequest: Sendable {
  /// In the network's square (SPEC §1.1).
  public var pixels: ImagePixels
  /// [side, side], true on padding that the network shall not see; nil shows it all (SPEC §1.1.5).
  public var pixelMask: [Bool]?
  /// Token ids of each sentence, from [CLS] to [SEP], without padding.
  public var sentences: [[Int32]]

  public init(pixels: ImagePixels, pixelMask: [Bool]? = nil, sentences: [[Int32]]) {
    self.pixels = pixels
    self.pixelMask = pixelMask
    self.sentences = sentences
  }

  /// - pixels: [3, side, side], normalised.
  public init(pixels: [Float], pixelMask: [Bool]? = nil, sentences: [[Int32]]) {
    self.init(pixels: .normalised(pixels), pixelMask: pixelMask, sentences: sentences)
  }

  /// A picture that is ready, and what is said of it.
  public init(_ input: NetworkInput, sentences: [[Int32]]) {
    self.init(pixels: .samples(input.samples, planes: input.planes), sentences: sentences)
  }
}

extension ImagePixels {
  /// [3, side, side], as the network reads them.
  public var values: [Float] {
    switch self {
    case .normalised(let values): values
    case .samples(let samples, let planes): NetworkInput.values(of: samples, planes: planes)
    }
  }

  /// The same image as samples of so many planes, no fewer than it has, or for 0 as floats.
  func inPlanes(_ wanted: Int) -> ImagePixels {
    guard wanted != samplePlanes else { return self }
    guard wanted > 0 else { return .normalised(values) }
    guard case .samples(let samples, 1) = self else {
      preconditionFailure("\(samplePlanes) planes as \(wanted)")
    }
    return .samples(Array(repeatElement(samples, count: wanted).joined()), planes: wanted)
  }
}
