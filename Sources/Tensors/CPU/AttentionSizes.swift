internal import COneDNN

/// The sizes of one attention, and the kernels that are made for them.
struct AttentionSizes {
  let heads, size, queries, keys: Int
  let queryStride, keyStride, valueStride, resultStride: Int
  /// Queries, keys, values and result are bfloat16; scores are floats until they are softmaxed.
  let isHalf: Bool

  private var type: dnnl_data_type_t { isHalf ? dnnl_bf16 : dnnl_f32 }

  /// A thread has primitives of its own, since a primitive points to its arguments.
  func key(_ operation: String, _ thread: Int) -> Key {
    Key(
      operation: operation,
      sizes: [
        thread, heads, size, queries, keys, queryStride, keyStride, valueStride, resultStride,
        isHalf ? 1 : 0,
      ])
  }

  /// scores[head] = q · kᵀ / √size
  func scores(_ engine: Engine) throws(TensorError) -> Primitive {
    let attributes = try Attributes()
    try attributes.scale(by: 1 / Float(size).squareRoot())
    return try product(
      engine, try strided([heads, queries, size], [size, queryStride, 1], of: type),
      try strided([heads, size, keys], [size, 1, keyStride], of: type),
      try plain(heads, queries, keys), attributes)
  }

  /// y[head] = scores[head] · v
  func mix(_ engine: Engine) throws(TensorError) -> Primitive {
    try product(
      engine, try plain(heads, queries, keys, of: type),
      try strided([heads, keys, size], [size, valueStride, 1], of: type),
      try strided([heads, queries, size], [size, resultStride, 1], of: type), nil)
  }

  /// Scores as factors of the mix.
  func softmax(_ engine: Engine) throws(TensorError) -> Primitive {
    var scores = try plain(heads * queries, keys)
    var factors = try plain(heads * queries, keys, of: type)
    var descriptor = dnnl_softmax_v2_desc_t()
    try check(
      dnnl_softmax_v2_forward_desc_init(
        &descriptor, dnnl_forward_inference, dnnl_softmax_accurate, &scores, &factors, 1),
      "describe a softmax")
    let primitive = try Primitive(engine, descriptor, name: "softmax")
    try primitive.bind(Slot.source, scores)
    try primitive.bind(Slot.destination, factors)
    return primitive
  }

  private func product(
    _ engine: Engine, _ a: Layout, _ b: Layout, _ y: Layout, _ attributes: Attributes?
  ) throws(TensorError) -> Primitive {
    var (a, b, y) = (a, b, y)
    var descriptor = dnnl_matmul_desc_t()
    try check(dnnl_matmul_desc_init(&descriptor, &a, &b, nil, &y), "describe attention")
    let primitive = try Primitive(engine, descriptor, attributes, name: "attend")
    try primitive.bind(Slot.source, a)
    try primitive.bind(Slot.weights, b)
    try primitive.bind(Slot.destination, y)
    return primitive
  }
}
