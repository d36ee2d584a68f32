internal import COneDNN

typealias Layout = dnnl_memory_desc_t

func check(_ status: dnnl_status_t, _ operation: String) throws(TensorError) {
  guard status == dnnl_success else {
    throw .library(operation: operation, status: Int(status.rawValue))
  }
}

/// Rows of touching numbers: sizes in row-major order.
func plain(_ sizes: Int..., of type: dnnl_data_type_t = dnnl_f32) throws(TensorError) -> Layout {
  var strides = [Int](repeating: 1, count: sizes.count)
  for axis in sizes.indices.dropLast().reversed() {
    strides[axis] = strides[axis + 1] * sizes[axis + 1]
  }
  return try strided(sizes, strides, of: type)
}

func strided(
  _ sizes: [Int], _ strides: [Int], of type: dnnl_data_type_t = dnnl_f32
) throws(TensorError) -> Layout {
  var layout = Layout()
  try check(
    dnnl_memory_desc_init_by_strides(
      &layout, Int32(sizes.count), sizes.map { Int64($0) }, type, strides.map { Int64($0) }),
    "describe \(sizes) by \(strides)")
  return layout
}

/// Sizes whose order in memory the library may choose.
func free(_ sizes: Int..., of type: dnnl_data_type_t = dnnl_f32) throws(TensorError) -> Layout {
  var layout = Layout()
  try check(
    dnnl_memory_desc_init_by_tag(
      &layout, Int32(sizes.count), sizes.map { Int64($0) }, type, dnnl_format_tag_any),
    "describe \(sizes)")
  return layout
}

func areEqual(_ a: Layout, _ b: Layout) -> Bool {
  var (a, b) = (a, b)
  return dnnl_memory_desc_equal(&a, &b) != 0
}

/// How many floats are as large.
func floats(in layout: Layout) -> Int {
  let size = MemoryLayout<Float>.stride
  return (bytes(in: layout) + size - 1) / size
}

func bytes(in layout: Layout) -> Int {
  var layout = layout
  return dnnl_memory_desc_get_size(&layout)
}

/// What a primitive does with its result before it writes it.
final class Attributes {
  let handle: dnnl_primitive_attr_t
  private let steps: dnnl_post_ops_t

  init() throws(TensorError) {
    var handle: dnnl_primitive_attr_t?
    try check(dnnl_primitive_attr_create(&handle), "make attributes")
    var steps: dnnl_post_ops_t?
    try check(dnnl_post_ops_create(&steps), "make post-operations")
    guard let handle, let steps else { throw .library(operation: "make attributes", status: 0) }
    self.handle = handle
    self.steps = steps
    try check(
      dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user), "own its memory")
  }

  deinit {
    dnnl_post_ops_destroy(steps)
    dnnl_primitive_attr_destroy(handle)
  }

  func scale(by factor: Float) throws(TensorError) {
    try check(
      dnnl_primitive_attr_set_output_scales(handle, 1, 0, [factor]), "scale the result")
  }

  /// Scales every channel of a convolution's result, its bias included.
  func scale(channelsBy factors: [Float]) throws(TensorError) {
    try check(
      dnnl_primitive_attr_set_output_scales(handle, Int64(factors.count), 1 << 1, factors),
      "scale the channels of the result")
  }

  /// Adds the result to `factor` times what stands in the destination, read as numbers of `type`.
  func sum(
    times factor: Float = 1, of type: dnnl_data_type_t = dnnl_data_type_undef
  ) throws(TensorError) {
    try check(dnnl_post_ops_append_sum_v2(steps, factor, type), "add to the destination")
    try apply()
  }

  func activate(_ activation: Activation) throws(TensorError) {
    let function =
      switch activation {
      case .none: dnnl_alg_kind_undef
      case .relu: dnnl_eltwise_relu
      case .gelu: dnnl_eltwise_gelu_erf
      }
    guard function != dnnl_alg_kind_undef else { return }
    try check(dnnl_post_ops_append_eltwise(steps, 1, function, 0, 0), "activate the result")
    try apply()
  }

  private func apply() throws(TensorError) {
    try check(dnnl_primitive_attr_set_post_ops(handle, steps), "set post-operations")
  }
}

/// Arguments of primitives, by oneDNN's numbers.
enum Slot {
  static let source: Int32 = DNNL_ARG_SRC_0
  static let source1: Int32 = DNNL_ARG_SRC_1
  static let destination: Int32 = DNNL_ARG_DST_0
  static let weights: Int32 = DNNL_ARG_WEIGHTS_0
  static let bias: Int32 = DNNL_ARG_BIAS
  static let scratch: Int32 = DNNL_ARG_SCRATCHPAD
  static let scale: Int32 = DNNL_ARG_SCALE
  static let shift: Int32 = DNNL_ARG_SHIFT
  static let mean: Int32 = DNNL_ARG_MEAN
  static let variance: Int32 = DNNL_ARG_VARIANCE
  static let workspace: Int32 = DNNL_ARG_WORKSPACE
  static let sourceGradient: Int32 = DNNL_ARG_DIFF_SRC_0
  static let destinationGradient: Int32 = DNNL_ARG_DIFF_DST_0
  static let weightsGradient: Int32 = DNNL_ARG_DIFF_WEIGHTS_0
  static let biasGradient: Int32 = DNNL_ARG_DIFF_BIAS
  static let scaleGradient: Int32 = DNNL_ARG_DIFF_SCALE
  static let shiftGradient: Int32 = DNNL_ARG_DIFF_SHIFT
}

/// A compiled operation of fixed sizes, with its argument list.
final class Primitive {
  private let engine: Engine
  private let primitive: dnnl_primitive_t
  private let plan: dnnl_primitive_desc_t
  private var arguments: [dnnl_exec_arg_t] = []
  /// Of the engine's memory that it works in, which is its first argument then.
  private let scratchFloats: Int

  /// What the library chose for a slot left `free`.
  let source, weights, destination: Layout

  /// - descriptor: one of oneDNN's operation descriptors.
  /// - forward: what a backward operation goes back over.
  /// - name: what it does, for errors.
  init<Descriptor>(
    _ engine: Engine, _ descriptor: Descriptor, _ attributes: Attributes? = nil,
    backwardOf forward: Primitive? = nil, name: String
  ) throws(TensorError) {
    self.engine = engine
    let attributes = if let attributes { attributes } else { try Attributes() }
    var plan: dnnl_primitive_desc_t?
    let status = withUnsafePointer(to: descriptor) { pointer in
      dnnl_primitive_desc_create(
        &plan, UnsafeRawPointer(pointer), attributes.handle, engine.engine, forward?.plan)
    }
    try check(status, name)
    guard let plan else { throw .library(operation: name, status: 0) }
    self.plan = plan
    primitive = try Self.create(plan, name)
    source = dnnl_primitive_desc_query_md(plan, dnnl_query_src_md, 0)?.pointee ?? Layout()
    weights = dnnl_primitive_desc_query_md(plan, dnnl_query_weights_md, 0)?.pointee ?? Layout()
    destination = dnnl_primitive_desc_query_md(plan, dnnl_query_dst_md, 0)?.pointee ?? Layout()
    scratchFloats = Self.scratchFloats(plan)
    try bindScratch()
  }

  /// A copy from one order in memory to another, times a factor.
  init(
    _ engine: Engine, reorder from: Layout, to: Layout, times factor: Float = 1
  ) throws(TensorError) {
    self.engine = engine
    var (from, to) = (from, to)
    let attributes = try Attributes()
    if factor != 1 { try attributes.scale(by: factor) }
    var plan: dnnl_primitive_desc_t?
    try check(
      dnnl_reorder_primitive_desc_create(
        &plan, &from, engine.engine, &to, engine.engine, attributes.handle), "reorder")
    guard let plan else { throw .library(operation: "reorder", status: 0) }
    self.plan = plan
    primitive = try Self.create(plan, "reorder")
    source = from
    weights = Layout()
    destination = to
    scratchFloats = Self.scratchFloats(plan)
    try bindScratch()
    try bind(Slot.source, from)
    try bind(Slot.destination, to)
  }

  private static func create(
    _ plan: dnnl_primitive_desc_t, _ name: String
  ) throws(TensorError) -> dnnl_primitive_t {
    var primitive: dnnl_primitive_t?
    let status = dnnl_primitive_create(&primitive, plan)
    guard status == dnnl_success, let primitive else {
      dnnl_primitive_desc_destroy(plan)
      throw .library(operation: name, status: Int(status.rawValue))
    }
    return primitive
  }

  private static func scratchFloats(_ plan: dnnl_primitive_desc_t) -> Int {
    dnnl_primitive_desc_query_md(plan, dnnl_query_scratchpad_md, 0).map { floats(in: $0.pointee) }
      ?? 0
  }

  private func bindScratch() throws(TensorError) {
    guard scratchFloats > 0 else { return }
    try bind(Slot.scratch, layout(of: dnnl_query_scratchpad_md))
  }

  /// What the library chose for an argument.
  func layout(of argument: dnnl_query_t) -> Layout {
    dnnl_primitive_desc_query_md(plan, argument, 0)?.pointee ?? Layout()
  }

  deinit {
    for argument in arguments { dnnl_memory_destroy(argument.memory) }
    dnnl_primitive_destroy(primitive)
    dnnl_primitive_desc_destroy(plan)
  }

  /// Declares an argument; `pointer` may come later, with `run`.
  func bind(_ slot: Int32, _ layout: Layout, _ pointer: UnsafeMutableRawPointer? = nil)
    throws(TensorError)
  {
    var layout = layout
    var memory: dnnl_memory_t?
    try check(dnnl_memory_create(&memory, &layout, engine.engine, pointer), "describe an argument")
    guard let memory else { throw .library(operation: "describe an argument", status: 0) }
    arguments.append(dnnl_exec_arg_t(arg: slot, memory: memory))
  }

  /// Runs with these pointers for the first arguments, in the order of `bind`.
  func run(_ pointers: UnsafeMutableRawPointer...) throws(TensorError) { try run(pointers) }

  /// The same.
  func run(_ pointers: [UnsafeMutableRawPointer]) throws(TensorError) {
    let first = scratchFloats > 0 ? 1 : 0
    if scratchFloats > 0 { try point(0, to: engine.scratch(floats: scratchFloats)) }
    for (index, pointer) in pointers.enumerated() { try point(first + index, to: pointer) }
    try check(
      dnnl_primitive_execute(primitive, engine.stream, Int32(arguments.count), arguments),
      "compute")
    try check(dnnl_stream_wait(engine.stream), "finish computing")
  }

  private func point(_ index: Int, to pointer: UnsafeMutableRawPointer) throws(TensorError) {
    try check(
      dnnl_memory_set_data_handle(arguments[index].memory, pointer), "point to an argument")
  }
}
