internal import CCUDA
public import Tensors

/// A network on a device: its weights, its kernels, and a graph for every size that was asked for.
///
/// Has several lanes, so that the next batch is copied while one is computed. Belongs to one thread at a time,
/// which calls `enter` first.
public final class DeviceNetwork {
  public let device: CUDADevice
  public let factors: FactorKind
  /// Batches that can be under way at the same time.
  public static let laneCount = 2
  private let module: DeviceModule
  private let products: DeviceProducts
  private let loading: DeviceStream
  private var weights: [DeviceBlock] = []
  private var plans: [PlanSize: LoadedPlan] = [:]
  private var lanes: [DeviceLane]

  /// A plan with its constants.
  struct LoadedPlan {
    let plan: Plan
    let constants: [DeviceBlock]
  }

  /// - image: of the kernels, for these factors and this device.
  /// - kept: where it finds and leaves what it learns about the device.
  /// - trusts: whether what it finds there counts; after a fault it may be the reason.
  public init(
    _ device: CUDADevice, image: [UInt8], factors: FactorKind,
    kept: KeptFiles = KeptFiles(folder: nil), trusts: Bool = true
  ) throws(CUDAError) {
    self.device = device
    self.factors = factors
    module = try DeviceModule(device, image: image)
    products = DeviceProducts(device, factors, kept, trusts: trusts)
    loading = try DeviceStream(device)
    lanes = []
    for _ in 0..<Self.laneCount { lanes.append(try DeviceLane(device)) }
  }

  /// Call on the thread that runs it, before anything else.
  public func enter() throws(CUDAError) { try device.enter() }

  /// Bytes of the device's memory that the network takes.
  public var bytes: Int {
    weights.reduce(0) { $0 + $1.bytes } + lanes.reduce(0) { $0 + $1.bytes }
      + plans.values.reduce(0) { $0 + $1.constants.reduce(0) { $0 + $1.bytes } }
  }

  /// Sizes of the plans that were loaded.
  public var sizes: Set<PlanSize> { Set(plans.keys) }
  /// Those that have run.
  public private(set) var readySizes: Set<PlanSize> = []
  /// Graphs that were made; each was a pause.
  public private(set) var captures = 0

  /// Takes up a plan, and whatever weights are not on the device yet.
  ///
  /// - weights: all of the recorder's, in order.
  public func load(_ plan: Plan, weights all: [PlanWeight]) throws(CUDAError) {
    if plans.count >= Self.plansMax, lanes.allSatisfy({ !$0.isBusy }) { forgetPlans() }
    for weight in all.dropFirst(weights.count) { weights.append(try upload(weight.bytes())) }
    var constants: [DeviceBlock] = []
    for bytes in plan.constants { constants.append(try upload(bytes)) }
    plans[plan.size] = LoadedPlan(plan: plan, constants: constants)
  }

  /// Gives back what plans and their graphs take; those that come again are made anew. No lane is busy.
  public func forgetPlans() {
    (plans, readySizes) = ([:], [])
    for lane in lanes { lane.forgetGraphs() }
  }

  /// Takes the memory that a plan needs before it comes, and so for all smaller ones: graphs that were made for less
  /// would be made anew.
  public func reserve(_ plan: Plan) throws(CUDAError) {
    for lane in lanes { try lane.make(room: plan) }
  }

  private func upload(_ bytes: [UInt8]) throws(CUDAError) -> DeviceBlock {
    let block = try DeviceBlock(device, bytes: max(16, bytes.count))
    // Neither the bytes nor an error outlives this call.
    try bytes.withUnsafeBufferPointer { (bytes) throws(CUDAError) in
      try loading.copy(UnsafeRawBufferPointer(bytes), to: block.address)
      try loading.wait()
    }
    return block
  }

  /// Starts a batch.
  ///
  /// - lane: one whose answer was collected.
  /// - size: of a plan that was loaded.
  public func submit(
    _ input: PlanInput, size: PlanSize, lane index: Int
  ) throws(CUDAError) {
    guard let loaded = plans[size] else { preconditionFailure("no plan for \(size)") }
    let lane = lanes[index]
    precondition(!lane.isBusy, "a lane that is busy")
    try lane.make(room: loaded.plan)
    try lane.fill(input, loaded.plan)
    if try lane.run(loaded.plan) { return }
    // Algorithms are compared while nothing else runs.
    for other in lanes { try other.wait() }
    try lane.rehearse(loaded.plan) { (step, track) throws(CUDAError) in
      if case .product(let product) = step.work {
        try products.choose(product, addresses(of: product, loaded, lane), track)
      }
      try run(step, loaded, lane, track)
    }
    products.saveChoices()
    try lane.capture(loaded.plan) { (step, track) throws(CUDAError) in
      try run(step, loaded, lane, track)
    }
    captures += 1
    readySizes.insert(size)
    _ = try lane.run(loaded.plan)
  }

  /// Sizes that are kept ready; one more makes it forget them all.
  private static let plansMax = 256

  /// Gives up on whatever is under way.
  public func abandon() { for lane in lanes { lane.abandon() } }

  /// Waits for a batch.
  public func collect(lane: Int) throws(CUDAError) -> PlanOutput { try lanes[lane].collect() }

  /// Milliseconds of each step of a plan, done many times after one another and nothing beside it. What the lane
  /// holds is lost.
  public func stepTimes(
    _ size: PlanSize, repetitions: Int = 20
  ) throws(CUDAError) -> [(step: PlanStep, milliseconds: Double)] {
    guard let loaded = plans[size] else { preconditionFailure("no plan for \(size)") }
    let lane = lanes[0]
    let (begin, end) = (try DeviceEvent(device), try DeviceEvent(device))
    var times: [(step: PlanStep, milliseconds: Double)] = []
    try lane.rehearse(loaded.plan) { (step, track) throws(CUDAError) in
      // As one graph, so that this thread's part is not measured.
      let graph = try DeviceGraph(device, capturing: track.stream) { () throws(CUDAError) in
        for _ in 0..<repetitions { try run(step, loaded, lane, track) }
      }
      try graph.launch(on: track.stream)
      try begin.record(on: track.stream)
      try graph.launch(on: track.stream)
      try end.record(on: track.stream)
      times.append((step, try end.time(since: begin) / Double(repetitions)))
    }
    return times
  }

  private func run(
    _ step: PlanStep, _ loaded: LoadedPlan, _ lane: DeviceLane, _ track: DeviceLane.Track
  ) throws(CUDAError) {
    switch step.work {
    case .launch(let launch):
      try module.run(
        launch, launch.places.map { address(of: $0, loaded, lane) }, on: track.stream)
    case .product(let product):
      try products.run(product, addresses(of: product, loaded, lane), track)
    }
  }

  private func addresses(
    of product: PlanProduct, _ loaded: LoadedPlan, _ lane: DeviceLane
  ) -> DeviceProducts.Addresses {
    func address(_ place: PlanPlace) -> CUDAAddress { self.address(of: place, loaded, lane) }
    return DeviceProducts.Addresses(
      x: address(product.x), weight: address(product.weight), bias: address(product.bias),
      sum: address(product.sum), y: address(product.y))
  }

  private func address(
    of place: PlanPlace, _ loaded: LoadedPlan, _ lane: DeviceLane
  ) -> CUDAAddress {
    switch place {
    case .nothing: 0
    case .weight(let number): weights[number].address
    case .constant(let number): loaded.constants[number].address
    case .activation(let buffer, let bytes):
      lane.address(of: loaded.plan.buffers[buffer], bytes: bytes)
    }
  }
}
