/// What follows a product, element by element.
public enum Activation: Sendable {
  case none
  /// max(0, x)
  case relu
  /// x · Φ(x), by the error function and not by tanh.
  case gelu
}

/// Rows of queries that attend to rows of keys: one sentence of a batch.
public struct AttentionSegment: Sendable {
  public var queries: Range<Int>
  public var keys: Range<Int>

  public init(queries: Range<Int>, keys: Range<Int>) {
    self.queries = queries
    self.keys = keys
  }
}

/// Sizes of a convolution of square kernels over one image.
public struct ConvolutionShape: Hashable, Sendable {
  public var inputs: Int
  public var outputs: Int
  public var kernel: Int
  public var stride: Int
  public var padding: Int

  public init(inputs: Int, outputs: Int, kernel: Int, stride: Int, padding: Int) {
    self.inputs = inputs
    self.outputs = outputs
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }

  func output(of side: Int) -> Int { (side + 2 * padding - kernel) / stride + 1 }
}

/// y = activation(x · Wᵀ + b), W [outputs, inputs] and b [outputs] packed for the backend.
public protocol LinearLayer: AnyObject {
  /// - x: [rows, inputs]. Returns [rows, outputs].
  func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor
  /// sum += x · Wᵀ + b; the layer must have no activation.
  func add(_ x: Tensor, to sum: Tensor) throws(TensorError)
  /// Returns (x · Wᵀ + b) ∘ factor, [rows, outputs]; the layer must have no activation.
  func product(_ x: Tensor, times factor: Tensor) throws(TensorError) -> Tensor
}

/// y = (x − mean) / √(variance + ε) ∘ weight + bias, over the columns of every row (Ba et al., 2016).
public protocol NormLayer: AnyObject {
  /// The normalised rows as products take them; `x` stays.
  func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor
  /// Normalises over the memory of `x`.
  ///
  /// - positions: [rows, columns], what is added for `placed`; nil adds nothing.
  /// - Returns: the rows as products take them; they may share the memory of `x`.
  @discardableResult
  func normalize(_ x: Tensor, placing positions: Tensor?) throws(TensorError) -> Factors
}

/// A convolution or pooling over one image of the size that it was planned for.
public protocol FeatureLayer: AnyObject {
  /// What comes out.
  var output: FeaturePlan { get }
  /// - sum: what is added to a convolution before its ReLU, of the output's size; its memory becomes
  ///   the output's. Nil where none was announced.
  func callAsFunction(_ x: FeatureMap, adding sum: FeatureMap?) throws(TensorError) -> FeatureMap
}

/// Where the network's arithmetic is done. The network is written once, against this.
///
/// A backend belongs to one thread at a time. Layers are made once, when a checkpoint is loaded.
public protocol Backend: AnyObject {
  /// A name for reports, e.g. “cpu”.
  var name: String { get }
  /// Rows whose inner layers are computed at a time, so that what they become stays near the processor.
  var rowsAtATime: Int { get }

  // Layers.

  /// - feedsProducts: the result is only multiplied again, and may be kept in fewer bits.
  /// - drops: while the network learns, some of the results are dropped (Srivastava et al., 2014).
  func linear(
    _ weight: Parameter, bias: Parameter?, activation: Activation, feedsProducts: Bool, drops: Bool
  ) throws(TensorError) -> any LinearLayer
  func norm(weight: Parameter, bias: Parameter?, epsilon: Float) throws(TensorError)
    -> any NormLayer
  /// What `featureMap` makes of pixels.
  func featurePlan(channels: Int, height: Int, width: Int) throws(TensorError) -> FeaturePlan
  /// relu(transform(x ∗ W) + sum)
  ///
  /// - range: the largest size of a result that need be told apart; nil keeps results as they come. Where
  ///   it is given, a backend that computes in 8 bits rounds the result to them.
  func convolution(
    _ weight: Parameter, _ transform: ChannelTransform, shape: ConvolutionShape, relu: Bool,
    adding sum: FeaturePlan?, range: Float?, after input: FeaturePlan
  ) throws(TensorError) -> any FeatureLayer
  /// 3×3, stride 2, padding 1, of what is not negative.
  ///
  /// - range: as of a convolution.
  func maxPool(range: Float?, after input: FeaturePlan) throws(TensorError) -> any FeatureLayer

  // Data in and out.

  /// [rows, columns], content undefined.
  func tensor(rows: Int, columns: Int) throws(TensorError) -> Tensor
  func tensor(_ values: [Float], columns: Int) throws(TensorError) -> Tensor
  func values(of tensor: Tensor) throws(TensorError) -> [Float]
  func featureMap(_ pixels: [Float], channels: Int, height: Int, width: Int) throws(TensorError)
    -> FeatureMap
  func values(of map: FeatureMap) throws(TensorError) -> [Float]

  // Operations without weights.

  /// [height · width, channels], row-major.
  func tokens(of map: FeatureMap) throws(TensorError) -> Tensor
  /// While the network learns, some numbers become 0 and the others larger, over the memory of `x`.
  func drop(_ x: Tensor) throws(TensorError)
  /// A row of the table for every id; ids must be in range.
  func gather(_ table: Parameter, _ ids: [Int32]) throws(TensorError) -> Tensor
  /// The rows of all parts, one after the other; all of the same columns and kind.
  func joined(_ parts: [Tensor]) throws(TensorError) -> Tensor
  /// `x` as products take it, which may be `x` itself.
  func factors(of x: Tensor) throws(TensorError) -> Tensor
  /// x = 0
  func clear(_ x: Tensor) throws(TensorError)
  func sum(_ a: Tensor, _ b: Tensor) throws(TensorError) -> Tensor
  /// Turns every head of every row by the angles of the row's position in its segment (Su et al., 2021).
  ///
  /// - x: [rows, heads · size]; first half of a head pairs with the second; overwritten.
  func rotate(_ x: Tensor, heads: Int, theta: Float, segments: [Range<Int>]) throws(TensorError)
  /// softmax(q · kᵀ / √size) · v for each head of each segment (Vaswani et al., 2017, equation 1).
  ///
  /// - window: a query attends to keys at most so far away; nil: to all.
  /// - drops: while the network learns, some of the weights of values are dropped.
  /// - Returns: [rows of q, heads · size].
  func attention(
    queries: Tensor, keys: Tensor, values: Tensor, heads: Int, segments: [AttentionSegment],
    window: Int?, drops: Bool
  ) throws(TensorError) -> Tensor
  /// False when a number is infinite, none, or so large that the network's norms could not square it.
  func isSound(_ map: FeatureMap) throws(TensorError) -> Bool
  func isSound(_ x: Tensor) throws(TensorError) -> Bool
  /// 1 / (1 + exp(−x)), over the memory of `x`.
  func sigmoid(_ x: Tensor) throws(TensorError)
}
