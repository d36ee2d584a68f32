internal import CCUDA
internal import Tensors

/// Products by cuBLASLt, whose matrices lie column after column: yᵀ = W · xᵀ, so that rows of ours are columns of its.
final class DeviceProducts {
  private let device: CUDADevice
  private let factors: FactorKind
  private var choices: ProductChoices
  /// Algorithms that are tried for a product.
  private let proposalsMax: Int
  /// Those that were looked at in this run.
  private var chosen: Set<ProductKind> = []

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

  /// - kept: where the choices of earlier runs are.
  /// - trusts: whether they count; where not, the library's own first choice is taken untried.
  init(_ device: CUDADevice, _ factors: FactorKind, _ kept: KeptFiles, trusts: Bool) {
    self.device = device
    self.factors = factors
    proposalsMax = trusts ? Self.proposalsMax : 1
    choices = ProductChoices(
      kept,
      ingredients: [
        device.name, device.architecture, "\(device.libraries.products.cublasLtGetVersion())",
        "\(factors)", "\(Self.workspaceBytes)", "\(Code.sumsInFloats)",
      ], trusts: trusts)
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
    static let reductions: Int32 = 3
    /// Sums that several blocks share are added up as they were computed, not as the result will be.
    static let sumsInFloats: UInt32 = 2
    /// Statuses: no memory, and no algorithm.
    static let lacksMemory: Int32 = 3
    static let unsupported: Int32 = 15
    /// Of the matrices a, b, c and d.
    static let alignments: ClosedRange<Int32> = 5...8
  }

  /// Finds the fastest algorithm for a product by trying those that the library proposes, unless an earlier run has.
  /// What is in the result's place is lost.
  func choose(
    _ product: PlanProduct, _ addresses: Addresses, _ track: DeviceLane.Track
  ) throws(CUDAError) {
    let kind = ProductKind(product, addresses)
    guard !chosen.contains(kind) else { return }
    try with(product, addresses) { (description, layouts) throws(CUDAError) in
      if let known = choices[kind], isUsable(known, description, layouts) {
        // It has to run, too, before it is believed.
        do throws(CUDAError) {
          return try multiply(addresses, known, description, layouts, track)
        } catch {}
      }
      let proposals = try proposals(product, addresses, description, layouts)
      choices[kind] =
        proposals.count == 1
        ? proposals[0]
        : try fastest(of: proposals, track) { (algorithm) throws(CUDAError) in
          try multiply(addresses, algorithm, description, layouts, track)
        }
    }
    chosen.insert(kind)
  }

  /// Keeps what was chosen for the next start.
  func saveChoices() { choices.save() }

  /// Whether the library still takes an algorithm.
  private func isUsable(
    _ algorithm: CUDAProductAlgorithm, _ description: UnsafeMutableRawPointer?,
    _ layouts: [UnsafeMutableRawPointer?]
  ) -> Bool {
    var (algorithm, result) = (algorithm, CUDAProductProposal())
    let status = device.libraries.products.cublasLtMatmulAlgoCheck(
      device.products, description, layouts[0], layouts[1], layouts[2], layouts[2], &algorithm,
      &result)
    return status == 0 && result.workspaceBytes <= Self.workspaceBytes
  }

  /// - run: does the work once.
  /// - Throws: when none of them works, what the first one said.
  private func fastest(
    of proposals: [CUDAProductAlgorithm], _ track: DeviceLane.Track,
    _ run: (CUDAProductAlgorithm) throws(CUDAError) -> Void
  ) throws(CUDAError) -> CUDAProductAlgorithm? {
    let (begin, end) = (try DeviceEvent(device), try DeviceEvent(device))
    var best: (algorithm: CUDAProductAlgorithm, time: Double)?
    var failure: CUDAError?
    for algorithm in proposals {
      do throws(CUDAError) {
        try run(algorithm)
        let graph = try DeviceGraph(device, capturing: track.stream) { () throws(CUDAError) in
          for _ in 0..<Self.trials { try run(algorithm) }
        }
        // The best of some: whatever else the device does in between is no fault of the algorithm's.
        for _ in 0..<Self.rounds {
          try begin.record(on: track.stream)
          try graph.launch(on: track.stream)
          try end.record(on: track.stream)
          let time = try end.time(since: begin)
          if time < best?.time ?? .infinity { best = (algorithm, time) }
        }
      } catch {
        failure = failure ?? error  // another may do
      }
    }
    if best == nil, let failure { throw failure }
    return best?.algorithm
  }

  /// Algorithms that are tried for a product, runs of each that are timed together, and how often they are.
  private static let proposalsMax = 16
  private static let trials = 4
  private static let rounds = 3

  /// Enqueues a product that `choose` has seen.
  func run(
    _ product: PlanProduct, _ addresses: Addresses, _ track: DeviceLane.Track
  ) throws(CUDAError) {
    guard let algorithm = choices[ProductKind(product, addresses)] else {
      preconditionFailure("a product that nobody has tried")
    }
    try with(product, addresses) { (description, layouts) throws(CUDAError) in
      try multiply(addresses, algorithm, description, layouts, track)
    }
  }

  private func multiply(
    _ addresses: Addresses, _ algorithm: CUDAProductAlgorithm,
    _ description: UnsafeMutableRawPointer?, _ layouts: [UnsafeMutableRawPointer?],
    _ track: DeviceLane.Track
  ) throws(CUDAError) {
    var algorithm = algorithm
    var (alpha, beta): (Float, Float) = (1, addresses.sum == 0 ? 0 : 1)
    try check(
      device.libraries.products.cublasLtMatmul(
        device.products, description, &alpha, addresses.weight, layouts[0], addresses.x,
        layouts[1], &beta, addresses.sum == 0 ? addresses.y : addresses.sum, layouts[2],
        addresses.y, layouts[2], &algorithm, track.workspace.address, track.workspace.bytes,
        track.stream.handle), "cublasLtMatmul")
  }

  /// Describes a product to the library for as long as `body` runs.
  private func with(
    _ product: PlanProduct, _ addresses: Addresses,
    _ body: (
      _ description: UnsafeMutableRawPointer?, _ layouts: [UnsafeMutableRawPointer?]
    ) throws(CUDAError) -> Void
  ) throws(CUDAError) {
    let calls = device.libraries.products
    let description = try description(product, addresses)
    defer { _ = calls.cublasLtMatmulDescDestroy(description) }
    let layouts = try layouts(product)
    defer { for layout in layouts { _ = calls.cublasLtMatrixLayoutDestroy(layout) } }
    try body(description, layouts)
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

  /// Algorithms that the library holds for fit, the one that it likes best first.
  private func proposals(
    _ product: PlanProduct, _ addresses: Addresses, _ description: UnsafeMutableRawPointer?,
    _ layouts: [UnsafeMutableRawPointer?]
  ) throws(CUDAError) -> [CUDAProductAlgorithm] {
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
    try set(Code.reductions, Code.sumsInFloats)
    for (attribute, alignment) in zip(Code.alignments, addresses.alignments) {
      try set(attribute, UInt32(alignment))
    }
    var proposals = [CUDAProductProposal](
      repeating: CUDAProductProposal(), count: proposalsMax)
    var count: Int32 = 0
    let status = calls.cublasLtMatmulAlgoGetHeuristic(
      device.products, description, layouts[0], layouts[1], layouts[2], layouts[2], preference,
      Int32(proposalsMax), &proposals, &count)
    if status != Code.unsupported { try check(status, "cublasLtMatmulAlgoGetHeuristic") }
    let fit = proposals.prefix(Int(count)).filter { $0.status == 0 }.map { $0.algorithm }
    guard status == 0, !fit.isEmpty else {
      throw .noAlgorithm(
        product: "[\(product.rows), \(product.inputs)] by [\(product.outputs), "
          + "\(product.inputs)]ᵀ in \(factors) (status \(status))")
    }
    return fit
  }

  private func check(_ status: Int32, _ call: String) throws(CUDAError) {
    if status == Code.lacksMemory { throw .outOfMemory(bytes: 0) }
    guard status == 0 else {
      throw .failed(call: call, status: Int(status), name: "a status of cuBLASLt's")
    }
  }
}
