/// An image in the network's square, on its way to the network.
public enum ImagePixels: Hashable, Sendable {
  /// [3, side, side], as the network reads them.
  case normalised([Float])
  /// [planes, side, side], which a table turns into those; one plane stands for all three.
  case samples([UInt8], planes: Int)

  /// How many numbers or samples there are.
  public var count: Int {
    switch self {
    case .normalised(let values): values.count
    case .samples(let samples, _): samples.count
    }
  }

  /// Planes of samples; 0 of floats.
  public var samplePlanes: Int {
    switch self {
    case .normalised: 0
    case .samples(_, let planes): planes
    }
  }
}
