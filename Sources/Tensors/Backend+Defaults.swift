extension Backend {
  /// As a processor's caches like it.
  public var rowsAtATime: Int { 1024 }

  /// A convolution whose transform nobody learns.
  public func convolution(
    _ weight: Parameter, scale: [Float], shift: [Float], shape: ConvolutionShape, relu: Bool,
    adding sum: FeaturePlan?, range: Float?, after input: FeaturePlan
  ) throws(TensorError) -> any FeatureLayer {
    try convolution(
      weight, .constant(scale: scale, shift: shift), shape: shape, relu: relu, adding: sum,
      range: range, after: input)
  }

  /// Nothing, where nothing learns.
  public func drop(_ x: Tensor) throws(TensorError) {}

  /// A layer of which nothing is dropped.
  public func linear(
    _ weight: Parameter, bias: Parameter?, activation: Activation, feedsProducts: Bool
  ) throws(TensorError) -> any LinearLayer {
    try linear(
      weight, bias: bias, activation: activation, feedsProducts: feedsProducts, drops: false)
  }

  /// Attention of which nothing is dropped.
  public func attention(
    queries: Tensor, keys: Tensor, values: Tensor, heads: Int, segments: [AttentionSegment],
    window: Int?
  ) throws(TensorError) -> Tensor {
    try attention(
      queries: queries, keys: keys, values: values, heads: heads, segments: segments,
      window: window, drops: false)
  }
}
