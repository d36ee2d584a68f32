internal import COneDNN

extension CPU {
  public func linear(
    _ weight: Parameter, bias: Parameter?, activation: Activation, feedsProducts: Bool, drops: Bool
  ) throws(TensorError) -> any LinearLayer {
    try CPULinear(
      self, weight, bias: bias, activation: activation, feedsProducts: feedsProducts)
  }

  public func norm(weight: Parameter, bias: Parameter?, epsilon: Float) throws(TensorError)
    -> any NormLayer
  {
    try CPUNorm(self, weight: weight, bias: bias, epsilon: epsilon)
  }
}

/// oneDNN's inner product with weights packed once; a primitive for every number of rows.
final class CPULinear: LinearLayer {
  private let cpu: CPU
  private let inputs: Int
  private let outputs: Int
  private let activation: Activation
  private let feedsProducts: Bool
  private let packed: Memory
  private let packedLayout: Layout
  private let bias: Memory?
  private var variants: [Variant: Primitive] = [:]

  private struct Variant: Hashable {
    let rows: Int
    let adds: Bool
  }

  init(
    _ cpu: CPU, _ weight: Parameter, bias: Parameter?, activation: Activation, feedsProducts: Bool
  ) throws(TensorError) {
    precondition(weight.shape.count == 2, "a matrix, not \(weight.shape)")
    self.cpu = cpu
    (outputs, inputs) = (weight.shape[0], weight.shape[1])
    self.activation = activation
    self.feedsProducts = feedsProducts
    self.bias = try bias.map { (values) throws(TensorError) in try Memory(copying: values) }
    guard let pointer = weight.pointer else { throw .shape("a weight without numbers") }
    let wish = try Self.descriptor(
      try plain(Self.typicalRows, inputs, of: cpu.factorType),
      try free(outputs, inputs, of: cpu.factorType), bias: self.bias != nil,
      try plain(Self.typicalRows, outputs))
    let order = try Primitive(cpu.engine, wish, name: "plan a product").weights
    let given = try plain(outputs, inputs)
    packedLayout = order
    packed = try cpu.packed(order) { memory throws(TensorError) in
      let pack = try Primitive(cpu.engine, reorder: given, to: order)
      try pack.run(UnsafeMutablePointer(mutating: pointer), memory.pointer)
      weight.releasePages()
    }
  }

  private static let typicalRows = 512
  private static let variantsMax = 256

  func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
    let x = try cpu.factors(of: x)
    let y =
      feedsProducts
      ? try cpu.factors(rows: x.rows, columns: outputs)
      : try cpu.tensor(rows: x.rows, columns: outputs)
    try run(x, adds: false, rows: x.paddedRows).run(x.raw, y.raw)
    return y
  }

  func add(_ x: Tensor, to sum: Tensor) throws(TensorError) {
    precondition(sum.rows == x.rows && sum.columns == outputs, "a sum of other sizes")
    let x = try cpu.factors(of: x)
    try run(x, adds: true, rows: min(x.paddedRows, sum.paddedRows)).run(x.raw, sum.raw)
  }

  /// oneDNN 2.6 would do the multiplication with the product, but falls back to its reference, a thousand times slower.
  func product(_ x: Tensor, times factor: Tensor) throws(TensorError) -> Tensor {
    precondition(factor.rows == x.rows && factor.columns == outputs, "a factor of other sizes")
    let y = try self(x)
    try cpu.combine(y, factor, dnnl_binary_mul, to: y)
    return y
  }

  private func run(_ x: Tensor, adds: Bool, rows: Int) throws(TensorError) -> Primitive {
    precondition(
      x.columns == inputs && x.isContiguous, "[\(x.rows), \(x.columns)] · [\(outputs), \(inputs)]ᵀ")
    let variant = Variant(rows: rows, adds: adds)
    if let known = variants[variant] { return known }
    if variants.count >= Self.variantsMax { variants.removeAll() }
    let made = try make(variant)
    variants[variant] = made
    return made
  }

  private func make(_ variant: Variant) throws(TensorError) -> Primitive {
    let attributes = try Attributes()
    let isHalf = feedsProducts && !variant.adds
    let source = try plain(variant.rows, inputs, of: cpu.factorType)
    let result = try plain(variant.rows, outputs, of: isHalf ? cpu.factorType : dnnl_f32)
    if variant.adds { try attributes.sum() } else { try attributes.activate(activation) }
    let descriptor = try Self.descriptor(source, packedLayout, bias: bias != nil, result)
    let primitive = try Primitive(cpu.engine, descriptor, attributes, name: "multiply")
    try primitive.bind(Slot.source, source)
    try primitive.bind(Slot.destination, result)
    try primitive.bind(Slot.weights, packedLayout, packed.pointer)
    if let bias { try primitive.bind(Slot.bias, try plain(outputs), bias.pointer) }
    return primitive
  }

  private static func descriptor(_ x: Layout, _ weights: Layout, bias: Bool, _ y: Layout)
    throws(TensorError) -> dnnl_inner_product_desc_t
  {
    var (x, weights, y) = (x, weights, y)
    var b = try plain(Int(weights.dims.0))
    var descriptor = dnnl_inner_product_desc_t()
    let status = withUnsafePointer(to: &b) { b in
      dnnl_inner_product_forward_desc_init(
        &descriptor, dnnl_forward_inference, &x, &weights, bias ? b : nil, &y)
    }
    try check(status, "describe a product")
    return descriptor
  }
}

extension Memory {
  /// A block of its own with these numbers.
  convenience init(copying values: Parameter) throws(TensorError) {
    guard let source = values.pointer else { throw .shape("a weight without numbers") }
    try self.init(floats: values.count)
    pointer.update(from: source, count: values.count)
  }
}
