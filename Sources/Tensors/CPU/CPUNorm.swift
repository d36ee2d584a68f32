internal import COneDNN

/// oneDNN's layer normalisation.
///
/// It passes over the memory several times (normalise, place, round); one pass of our own with Swift's vectors
/// was slower nevertheless: a report of the full-size network in bf16 took 305 ms instead of 290, in turn.
final class CPUNorm: NormLayer {
  private let cpu: CPU
  private let columns: Int
  private let epsilon: Float
  private let weight: Memory
  private let bias: Memory?
  private var variants: [Int: Primitive] = [:]

  private static let variantsMax = 256

  init(_ cpu: CPU, weight: Parameter, bias: Parameter?, epsilon: Float) throws(TensorError) {
    self.cpu = cpu
    self.epsilon = epsilon
    columns = weight.count
    self.weight = try Memory(copying: weight)
    self.bias = try bias.map { (values) throws(TensorError) in try Memory(copying: values) }
  }

  func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
    let y = try cpu.tensor(rows: x.rows, columns: columns)
    try run(x).run(x.pointer, y.pointer)
    return try cpu.factors(of: y)
  }

  func normalize(_ x: Tensor, placing positions: Tensor?) throws(TensorError) -> Factors {
    try run(x).run(x.pointer, x.pointer)
    let values = try cpu.factors(of: x)
    guard let positions else { return Factors(values: values, placed: values) }
    return Factors(values: values, placed: try cpu.factors(of: cpu.sum(x, positions)))
  }

  private func run(_ x: Tensor) throws(TensorError) -> Primitive {
    precondition(x.columns == columns && x.isContiguous, "\(x.columns) columns, not \(columns)")
    let rows = x.paddedRows
    if let known = variants[rows] { return known }
    if variants.count >= Self.variantsMax { variants.removeAll() }
    var layout = try plain(rows, columns)
    let flags = dnnl_use_scale.rawValue | (bias == nil ? 0 : dnnl_use_shift.rawValue)
    var descriptor = dnnl_layer_normalization_desc_t()
    try check(
      dnnl_layer_normalization_forward_desc_init(
        &descriptor, dnnl_forward_inference, &layout, nil, epsilon, flags), "describe a norm")
    let primitive = try Primitive(cpu.engine, descriptor, name: "normalise")
    try primitive.bind(Slot.source, layout)
    try primitive.bind(Slot.destination, layout)
    try primitive.bind(Slot.scale, try plain(columns), weight.pointer)
    if let bias { try primitive.bind(Slot.shift, try plain(columns), bias.pointer) }
    variants[rows] = primitive
    return primitive
  }
}
