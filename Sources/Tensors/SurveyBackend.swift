/// A backend that makes layers of nothing and computes nothing.
///
/// Building a network with it shows which weights the network asks for, at no cost.
public final class SurveyBackend: Backend {
  public let name = "survey"

  public init() {}

  public func linear(
    _ weight: Parameter, bias: Parameter?, activation: Activation, feedsProducts: Bool, drops: Bool
  ) throws(TensorError) -> any LinearLayer { SurveyLayer() }

  public func norm(weight: Parameter, bias: Parameter?, epsilon: Float) throws(TensorError)
    -> any NormLayer
  { SurveyLayer() }

  public func featurePlan(channels: Int, height: Int, width: Int) throws(TensorError)
    -> FeaturePlan
  { FeaturePlan(channels: channels, height: height, width: width, layout: nil) }

  public func convolution(
    _ weight: Parameter, _ transform: ChannelTransform, shape: ConvolutionShape, relu: Bool,
    adding sum: FeaturePlan?, range: Float?, after input: FeaturePlan
  ) throws(TensorError) -> any FeatureLayer {
    SurveyFeatureLayer(
      FeaturePlan(
        channels: shape.outputs, height: shape.output(of: input.height),
        width: shape.output(of: input.width), layout: nil))
  }

  public func maxPool(range: Float?, after input: FeaturePlan) throws(TensorError)
    -> any FeatureLayer
  {
    SurveyFeatureLayer(
      FeaturePlan(
        channels: input.channels, height: (input.height - 1) / 2 + 1,
        width: (input.width - 1) / 2 + 1, layout: nil))
  }

  public func tensor(rows: Int, columns: Int) throws(TensorError) -> Tensor { throw refusal }
  public func tensor(_ values: [Float], columns: Int) throws(TensorError) -> Tensor {
    throw refusal
  }
  public func values(of tensor: Tensor) throws(TensorError) -> [Float] { throw refusal }
  public func featureMap(_ pixels: [Float], channels: Int, height: Int, width: Int)
    throws(TensorError) -> FeatureMap
  { throw refusal }
  public func values(of map: FeatureMap) throws(TensorError) -> [Float] { throw refusal }
  public func tokens(of map: FeatureMap) throws(TensorError) -> Tensor { throw refusal }
  public func gather(_ table: Parameter, _ ids: [Int32]) throws(TensorError) -> Tensor {
    throw refusal
  }
  public func joined(_ parts: [Tensor]) throws(TensorError) -> Tensor { throw refusal }
  public func factors(of x: Tensor) throws(TensorError) -> Tensor { throw refusal }
  public func clear(_ x: Tensor) throws(TensorError) { throw refusal }
  public func sum(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor { throw refusal }
  public func rotate(_ x: Tensor, heads: Int, theta: Float, segments: [Range<Int>])
    throws(TensorError)
  { throw refusal }
  public func attention(
    queries: Tensor, keys: Tensor, values: Tensor, heads: Int, segments: [AttentionSegment],
    window: Int?, drops: Bool
  ) throws(TensorError) -> Tensor { throw refusal }
  public func isSound(_ map: FeatureMap) throws(TensorError) -> Bool { throw refusal }
  public func isSound(_ x: Tensor) throws(TensorError) -> Bool { throw refusal }
  public func sigmoid(_ x: Tensor) throws(TensorError) { throw refusal }
}

private let refusal = TensorError.shape("a survey computes nothing")

private final class SurveyLayer: LinearLayer, NormLayer {
  func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor { throw refusal }
  func add(_ x: Tensor, to sum: Tensor) throws(TensorError) { throw refusal }
  func product(_ x: Tensor, times factor: Tensor) throws(TensorError) -> Tensor { throw refusal }
  func normalize(_ x: Tensor, placing positions: Tensor?) throws(TensorError) -> Factors {
    throw refusal
  }
}

private final class SurveyFeatureLayer: FeatureLayer {
  let output: FeaturePlan

  init(_ output: FeaturePlan) { self.output = output }

  func callAsFunction(_ x: FeatureMap, adding sum: FeatureMap?) throws(TensorError) -> FeatureMap {
    throw refusal
  }
}
