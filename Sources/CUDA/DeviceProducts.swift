internal import CCUDA
internal import Tensors

/// Products by cuBLASLt, whose matrices lie column after column: yᵀ = W · xᵀ, so that rows of ours are columns of its.
final class DeviceProducts {
  private let device: CUDADevice
  private let factors: FactorKind
  private var algorithms: [Key: CUDAProductAlgorithm] = [:]

  /// What an algorithm is chosen for.
  private struct Key: Hashable {
    let rows, inputs, outputs, stride: Int
    let isRectified, isWide, hasBias, hasSum: Bool
    let alignments: [Int]
  }

  /// Where a product's matrices are; 0 for those that are not there.
  struct Addresses {
    var x, weight, bias, sum, y: CUDAAddress

    /// Of each, in bytes, as far as the library asks.
    var alignments: [Int] {
      [weight, x, sum == 0 ? y : sum, y].map { 1 << min(8, $0.trailingZeroBitCount) }
    }
  }

  /// Bytes that an algorithm may use beside the matrices, which NVIDIA advises for its newest cards.
  static let workspaceBytes = 32 << 20

  init(_ device: CUDADevice, _ factors: FactorKind) {
    self.device = device
    self.factors = factors
  }

  /// Numbers as the library calls them: 0 floats, 2 half floats, 14 bfloat16.
  private var factorType: Int32 {
    switch factors {
    case .f32: 0
    case .f16: 2
    case .bf16: 14
    }
  }

  /// Numbers of the library's interface, from its documentation.
  private enum Code {
    /// 32-bit floats for sums, never cut to TF32.
    static let arithmetic: Int32 = 68
    static let float: Int32 = 0
    static let transposeA: Int32 = 3
    static let epilogue: Int32 = 7
    static let bias: Int32 = 8
    static let plain: Int32 = 1
    static let rectified: Int32 = 2
    static let biased: Int32 = 4
    static let workspace: Int32 = 1
    /// Of the matrices a, b, c and d.
    static let alignments: ClosedRange<Int32> = 5...8
  }

  func run(
    _ product: PlanProduct, _ addresses: Addresses, workspace: DeviceBlock,
    on stream: DeviceStream
  ) throws(CUDAError) {
    let calls = device.libraries.products
    let description = try description(product, addresses)
    defer { _ = calls.cublasLtMatmulDescDestroy(description) }
    let layouts = try layouts(product)
    defer { for layout in layouts { _ = calls.cublasLtMatrixLayoutDestroy(layout) } }
    var algorithm = try algorithm(product, addresses, description, layouts)
    var (alpha, beta): (Float, Float) = (1, addresses.sum == 0 ? 0 : 1)
    try check(
      calls.cublasLtMatmul(
        device.products, description, &alpha, addresses.weight, layouts[0], addresses.x,
        layouts[1], &beta, addresses.sum == 0 ? addresses.y : addresses.sum, layouts[2],
        addresses.y, layouts[2], &algorithm, workspace.address, workspace.bytes, stream.handle),
      "cublasLtMatmul")
  }

  private func description(
    _ product: PlanProduct, _ addresses: Addresses
  ) throws(CUDAError) -> UnsafeMutableRawPointer? {
    let calls = device.libraries.products
    var description: UnsafeMutableRawPointer?
    try check(
      calls.cublasLtMatmulDescCreate(&description, Code.arithmetic, Code.float),
      "cublasLtMatmulDescCreate")
    func set(_ attribute: Int32, _ value: some BitwiseCopyable) throws(CUDAError) {
      let status = withUnsafeBytes(of: value) { bytes in
        calls.cublasLtMatmulDescSetAttribute(
          description, attribute, bytes.baseAddress, bytes.count)
      }
      try check(status, "cublasLtMatmulDescSetAttribute")
    }
    var epilogue = Code.plain
    if product.isRectified { epilogue = Code.rectified }
    if addresses.bias != 0 {
      epilogue = product.isRectified ? Code.rectified | Code.biased : Code.biased
    }
    do throws(CUDAError) {
      try set(Code.transposeA, Int32(1))
      try set(Code.epilogue, epilogue)
      if addresses.bias != 0 { try set(Code.bias, addresses.bias) }
    } catch {
      _ = calls.cublasLtMatmulDescDestroy(description)
      throw error
    }
    return description
  }

  /// Of the weight, of x and of the result.
  private func layouts(_ product: PlanProduct) throws(CUDAError) -> [UnsafeMutableRawPointer?] {
    let sizes = [
      (factorType, product.inputs, product.outputs, product.inputs),
      (factorType, product.inputs, product.rows, product.stride),
      (product.isWide ? Code.float : factorType, product.outputs, product.rows, product.outputs),
    ]
    var layouts: [UnsafeMutableRawPointer?] = []
    for (type, rows, columns, stride) in sizes {
      var layout: UnsafeMutableRawPointer?
      try check(
        device.libraries.products.cublasLtMatrixLayoutCreate(
          &layout, type, UInt64(rows), UInt64(columns), Int64(stride)),
        "cublasLtMatrixLayoutCreate")
      layouts.append(layout)
    }
    return layouts
  }

  private func algorithm(
    _ product: PlanProduct, _ addresses: Addresses, _ description: UnsafeMutableRawPointer?,
    _ layouts: [UnsafeMutableRawPointer?]
  ) throws(CUDAError) -> CUDAProductAlgorithm {
    let key = Key(
      rows: product.rows, inputs: product.inputs, outputs: product.outputs,
      stride: product.stride, isRectified: product.isRectified, isWide: product.isWide,
      hasBias: addresses.bias != 0, hasSum: addresses.sum != 0,
      alignments: addresses.alignments)
    if let known = algorithms[key] { return known }
    let calls = device.libraries.products
    var preference: UnsafeMutableRawPointer?
    try check(
      calls.cublasLtMatmulPreferenceCreate(&preference), "cublasLtMatmulPreferenceCreate")
    defer { _ = calls.cublasLtMatmulPreferenceDestroy(preference) }
    func set(_ attribute: Int32, _ value: some BitwiseCopyable) throws(CUDAError) {
      let status = withUnsafeBytes(of: value) { bytes in
        calls.cublasLtMatmulPreferenceSetAttribute(
          preference, attribute, bytes.baseAddress, bytes.count)
      }
      try check(status, "cublasLtMatmulPreferenceSetAttribute")
    }
    try set(Code.workspace, UInt64(Self.workspaceBytes))
    for (attribute, alignment) in zip(Code.alignments, key.alignments) {
      try set(attribute, UInt32(alignment))
    }
    var proposal = CUDAProductProposal()
    var count: Int32 = 0
    let status = calls.cublasLtMatmulAlgoGetHeuristic(
      device.products, description, layouts[0], layouts[1], layouts[2], layouts[2], preference, 1,
      &proposal, &count)
    guard status == 0, count > 0, proposal.status == 0 else {
      throw .noAlgorithm(
        product: "[\(product.rows), \(product.inputs)] by [\(product.outputs), "
          + "\(product.inputs)]ᵀ in \(factors) (status \(status))")
    }
    algorithms[key] = proposal.algorithm
    return proposal.algorithm
  }

  private func check(_ status: Int32, _ call: String) throws(CUDAError) {
    guard status == 0 else {
      throw .failed(call: call, status: Int(status), name: "a status of cuBLASLt's")
    }
  }
}
