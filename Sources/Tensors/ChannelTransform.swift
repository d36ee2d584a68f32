/// What is done to the channels of a convolution's result.
public enum ChannelTransform: Sendable {
  /// y · scale + shift, numbers that nobody learns; [outputs] each.
  case constant(scale: [Float], shift: [Float])
  /// y + bias
  case bias(Parameter)
  /// (y − mean) / √(variance + 10⁻⁵) · weight + bias (Ioffe and Szegedy, 2015, algorithm 1)
  case batchNorm(weight: Parameter, bias: Parameter, mean: Parameter, variance: Parameter)

  /// What is added to variances before their root is taken.
  static let epsilon: Float = 1e-5

  /// The same as y · scale + shift, with the batch norm's running statistics.
  var folded: (scale: [Float], shift: [Float]) {
    switch self {
    case .constant(let scale, let shift): return (scale, shift)
    case .bias(let bias): return ([Float](repeating: 1, count: bias.count), bias.values)
    case .batchNorm(let weight, let bias, let mean, let variance):
      let scale = zip(weight.values, variance.values).map { $0 / ($1 + Self.epsilon).squareRoot() }
      let (bias, mean) = (bias.values, mean.values)
      return (scale, scale.indices.map { bias[$0] - mean[$0] * scale[$0] })
    }
  }

  /// False where the running statistics make a number infinite or none.
  public var isFinite: Bool {
    let (scale, shift) = folded
    return scale.allSatisfy(\.isFinite) && shift.allSatisfy(\.isFinite)
  }
}
