internal import COneDNN

/// What 8 bits hold.
enum ByteRange {
  /// 0…255, what a rectifier lets through.
  case positive
  /// −127…127
  case signed

  var type: dnnl_data_type_t { self == .positive ? dnnl_u8 : dnnl_s8 }

  /// What a unit is worth where sizes up to `range` are told apart. What never was anything but 0 gets a
  /// unit that products of two can still be divided by.
  func step(_ range: Float) -> Float {
    max(range, 1e-12) / (self == .positive ? 255 : 127)
  }
}

/// How the numbers of a convolution are kept, and what brings them from one kind to the other.
///
/// With u8 activations x = step · u and s8 weights w = weightStep[o] · s, oneDNN's result is
/// relu(outputScales[o] · (u ∗ s + bias[o]) + sumScale · sum), rounded to `destination`.
struct ConvolutionNumbers {
  let source, weights, destination: dnnl_data_type_t
  /// The weights of each output are multiplied by this before they are rounded.
  let weightFactors: [Float]
  let bias: [Float]
  /// Nil for floats.
  var outputScales: [Float]?
  var sum: (scale: Float, type: dnnl_data_type_t)?
  /// Of the result; nil for floats.
  var step: Float?

  /// Floats, with what is behind the convolution folded into the weights.
  init(_ type: dnnl_data_type_t, scale: [Float], shift: [Float], adding sum: FeaturePlan?) {
    (source, weights, destination) = (type, type, type)
    weightFactors = scale
    bias = shift
    self.sum = sum.map { _ in (1, dnnl_data_type_undef) }
  }

  /// Integers; floats come out where there is no range.
  ///
  /// - inputStep: what a unit of the input is worth.
  /// - Throws: `.notFinite` for weights that every input would carry out of the range.
  init(
    _ weight: Parameter, inputStep: Float, scale: [Float], shift: [Float], relu: Bool,
    adding sum: FeaturePlan?, range: Float?
  ) throws(TensorError) {
    let byteRange = relu ? ByteRange.positive : .signed
    source = dnnl_u8
    weights = dnnl_s8
    destination = range == nil ? dnnl_f32 : byteRange.type
    let step = range.map { byteRange.step($0) }
    self.step = step
    let largest = try Self.largest(weight, outputs: scale.count)
    let weightSteps = scale.indices.map { ByteRange.signed.step(largest[$0] * abs(scale[$0])) }
    weightFactors = scale.indices.map { scale[$0] / weightSteps[$0] }
    bias = shift.indices.map { shift[$0] / (inputStep * weightSteps[$0]) }
    let scales = weightSteps.map { inputStep * $0 / (step ?? 1) }
    // One unit of the input would be cut off: the range is not of these weights. What never was anything
    // but 0 stays that.
    guard range == nil || range == 0 || scales.allSatisfy({ $0 < 255 }) else { throw .notFinite }
    outputScales = scales
    if let sum {
      guard let sumStep = sum.step, let step else { throw .shape("floats added to integers") }
      self.sum = (sumStep / step, try sum.order.data_type)
    }
  }

  /// The largest size of a weight of each output.
  private static func largest(_ weight: Parameter, outputs: Int) throws(TensorError) -> [Float] {
    guard let source = weight.pointer else { throw .shape("a weight without numbers") }
    let size = weight.count / outputs
    return (0..<outputs).map { output in
      let row = source + output * size
      return (0..<size).reduce(Float(0)) { max($0, abs(row[$1])) }
    }
  }
}

/// [1, channels, height, width] with the channels of a cell beside each other.
func channelsLast(
  _ channels: Int, _ height: Int, _ width: Int, of type: dnnl_data_type_t
) throws(TensorError) -> Layout {
  try strided(
    [1, channels, height, width], [channels * height * width, 1, width * channels, channels],
    of: type)
}
