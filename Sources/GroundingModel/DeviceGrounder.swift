public import Boxes
public import CUDA
public import Tensors

/// The network with its weights on a GPU: images and sentences in, boxes and logits out, as `MedGrounder` on the
/// processor.
///
/// Belongs to one thread at a time. What fails on the device for no reason of the request's is done once more with
/// a fresh context; when that fails too, the device is lost.
public final class DeviceGrounder: RequestGrounder {
  public let configuration: ModelConfiguration
  /// What its products multiply.
  public let factors: FactorKind
  /// Milliseconds of the parts of its start, as far as it has come.
  public private(set) var start = Start()
  /// Milliseconds that the device had the batches of the last requests, added up; they may overlap.
  public private(set) var deviceMilliseconds = 0.0
  /// How often it had to begin anew.
  public private(set) var restarts = 0
  private let planned: PlannedNetwork
  let kernels: KernelCompiler
  let open: DeviceOpener
  private let limits: DeviceBatch.Limits
  /// Nil after a fault.
  private var network: DeviceNetwork?
  /// The device before a network is on it.
  private var first: CUDADevice?

  /// What a start consists of, in milliseconds.
  public struct Start: Hashable, Sendable {
    /// The device's context.
    public var device = 0.0
    /// Compiling the kernels, or reading what was compiled.
    public var kernels = 0.0
    /// Converting the weights and copying them to the device.
    public var weights = 0.0
    /// Recording plans, and running each once.
    public var plans = 0.0
  }

  /// Makes a context on a device.
  public typealias DeviceOpener = () throws(CUDAError) -> CUDADevice

  /// - kernels: where their images come from.
  /// - device: gives it.
  /// - imagesMax: images that run together at most.
  /// - Throws: `.device` when it cannot be used, and why.
  public init(
    _ weights: any NamedTensorSource, _ configuration: ModelConfiguration, factors: FactorKind,
    kernels: KernelCompiler, imagesMax: Int = 8, device open: @escaping DeviceOpener
  ) throws(ModelError) {
    self.configuration = configuration
    self.factors = factors
    self.kernels = kernels
    self.open = open
    planned = try PlannedNetwork(weights, configuration, factors: factors)
    limits = DeviceBatch.Limits(images: imagesMax, cells: planned.cells)
    let begin = ContinuousClock.now
    do throws(CUDAError) {
      let device = try open()
      deviceName = "cuda:\(device.ordinal)"
      first = device
    } catch {
      throw .device(error)
    }
    start.device = (ContinuousClock.now - begin) / .milliseconds(1)
    _ = try opened()
  }

  /// Every sentence's features are computed with the rest.
  public var textLookups: (ready: Int, computed: Int) { (0, sentences) }
  private var sentences = 0

  public var precisionName: String { "\(factors)" }
  /// Two for each lane: one is copied and one waits while another is computed.
  public var batchesAtOnce: Int { 2 * DeviceNetwork.laneCount }
  /// “cuda:0”
  public let deviceName: String

  /// Batches so far that were the first of their size, and had to wait for it.
  public var newSizes: Int { network?.captures ?? 0 }

  public var deviceBytes: Int { network?.bytes ?? 0 }

  /// The device that it runs on; nil after a fault.
  public var device: CUDADevice? { network?.device }

  /// After another device was used on this thread.
  func enter() throws(ModelError) { _ = try entered() }

  /// Makes it ready for batches of some sizes before the first comes, by running each once.
  public func prepare(_ sizes: [PlanSize]) throws(ModelError) {
    try twice { () throws(ModelError) in
      let network = try entered()
      let (begin, weights) = (ContinuousClock.now, start.weights)
      defer {
        start.plans +=
          (ContinuousClock.now - begin) / .milliseconds(1) - (start.weights - weights)
      }
      for size in sizes { try prepare(size, in: network) }
    }
  }

  private func prepare(_ size: PlanSize, in network: DeviceNetwork) throws(ModelError) {
    let nothing = PlanInput(pixels: [], sentences: [], images: [])
    try load(size, to: network)
    try onDevice { () throws(CUDAError) in
      for lane in 0..<DeviceNetwork.laneCount {
        try network.submit(nothing, size: size, lane: lane)
        _ = try network.collect(lane: lane)
      }
    }
  }

  /// The same for the batches that some requests make.
  public func prepare(of requests: [GroundingRequest]) throws(ModelError) {
    try prepare(DeviceBatch.cut(requests, limits: limits).map { $0.size })
  }

  private func load(_ size: PlanSize, to network: DeviceNetwork) throws(ModelError) {
    guard !network.sizes.contains(size) else { return }
    let plan = try planned.plan(size)
    let begin = ContinuousClock.now
    defer { start.weights += (ContinuousClock.now - begin) / .milliseconds(1) }
    try onDevice { () throws(CUDAError) in try network.load(plan, weights: planned.weights) }
  }

  /// Boxes and logits for every sentence of every request, in their order.
  ///
  /// Where the arithmetic overflows, they are no numbers.
  ///
  /// - Throws: `.badRequest` as `MedGrounder`, and for masks, which only the processor reads; `.device` when the
  ///   device fails, also with a fresh context.
  public func ground(_ requests: [GroundingRequest]) throws(ModelError) -> [[QueryOutputs]] {
    for request in requests {
      try configuration.check(request)
      guard request.pixelMask == nil else {
        throw .badRequest(reason: "a pixel mask; only the CPU reads them")
      }
    }
    let answers = try twice { () throws(ModelError) in try run(requests) }
    sentences += answers.count
    var rest = answers[...]
    return requests.map { request in
      defer { rest = rest.dropFirst(request.sentences.count) }
      return Array(rest.prefix(request.sentences.count))
    }
  }

  /// Bytes that the products of some requests read and write at least, with the room of their batches.
  public func productBytes(of requests: [GroundingRequest]) throws(ModelError) -> Double {
    let batches = DeviceBatch.cut(requests, limits: limits)
    var bytes = 0.0
    for batch in batches { bytes += try planned.plan(batch.size).productBytes }
    return bytes
  }

  /// Milliseconds that the steps of some requests' first batch take, the kinds that take longest in all first.
  ///
  /// - repetitions: of each step.
  public func stepTimes(
    of requests: [GroundingRequest], repetitions: Int = 20
  ) throws(ModelError) -> [(step: String, count: Int, milliseconds: Double)] {
    let batches = DeviceBatch.cut(requests, limits: limits)
    guard let size = batches.first?.size else { return [] }
    try prepare([size])
    let network = try entered()
    let steps = try onDevice { () throws(CUDAError) in
      try network.stepTimes(size, repetitions: repetitions)
    }
    let kinds = Dictionary(grouping: steps) { $0.step.title }
    return kinds.map { title, steps in
      (title, steps.count, steps.reduce(0) { $0 + $1.milliseconds })
    }.sorted { ($1.milliseconds, $0.step) < ($0.milliseconds, $1.step) }
  }

  /// What fails on the device for no reason of the request's is done once more in a fresh context. Where memory lacks,
  /// that of plans is given back for the next attempt. Leaves no lane busy.
  private func twice<Value>(
    _ body: () throws(ModelError) -> Value
  ) throws(ModelError) -> Value {
    do throws(ModelError) { return try body() } catch {
      network?.abandon()
      if error.isLackOfMemory { network?.forgetPlans() }
      guard case .device(let fault) = error, fault.mayPass else { throw error }
      do throws(ModelError) {
        letGo()
        return try body()
      } catch {
        network?.abandon()
        // What the old context had did not come back with it: waiting would not help.
        throw error.isLackOfMemory ? .device(fault) : error
      }
    }
  }

  /// Leaves the context with all that is in it. The next one does not believe in the algorithms that were kept.
  func letGo() {
    network = nil
    restarts += 1
  }

  /// As many batches at a time as there are lanes.
  private func run(_ requests: [GroundingRequest]) throws(ModelError) -> [QueryOutputs] {
    let sentences = requests.flatMap { $0.sentences }
    let batches = DeviceBatch.cut(requests, limits: limits)
    let network = try entered()
    deviceMilliseconds = 0
    var answers: [QueryOutputs] = []
    for (number, batch) in batches.enumerated() {
      let lane = number % DeviceNetwork.laneCount
      if number >= DeviceNetwork.laneCount {
        answers += try collect(batches[number - DeviceNetwork.laneCount], lane: lane, of: network)
      }
      let input = PlanInput(
        pixels: batch.pixels(of: requests),
        sentences: Array(sentences[batch.pairs]), images: batch.images)
      let size = batch.size.fitting(network.readySizes, configuration)
      try load(size, to: network)
      try onDevice { () throws(CUDAError) in
        try network.submit(input, size: size, lane: lane)
      }
    }
    for number in batches.indices.suffix(DeviceNetwork.laneCount) {
      answers += try collect(
        batches[number], lane: number % DeviceNetwork.laneCount, of: network)
    }
    return answers
  }

  private func collect(
    _ batch: DeviceBatch, lane: Int, of network: DeviceNetwork
  ) throws(ModelError) -> [QueryOutputs] {
    let output = try onDevice { () throws(CUDAError) in try network.collect(lane: lane) }
    deviceMilliseconds += output.milliseconds
    let count = configuration.queries
    return batch.images.enumerated().map { index, image in
      guard output.isSound[Int(image)] else { return .failed(queries: count) }
      let first = index * count
      return QueryOutputs(
        logits: Array(output.logits[first..<first + count]),
        boxes: Array(output.boxes[4 * first..<4 * (first + count)]))
    }
  }

  private func entered() throws(ModelError) -> DeviceNetwork {
    guard let network else { return try opened() }
    try onDevice { () throws(CUDAError) in try network.enter() }
    return network
  }

  private func opened() throws(ModelError) -> DeviceNetwork {
    let made = try onDevice { () throws(CUDAError) -> DeviceNetwork in
      let device = if let first { first } else { try open() }
      first = nil
      let target = KernelCompiler.Target(
        architecture: device.architecture, factors: factors, headSizes: planned.headSizes)
      let begin = ContinuousClock.now
      let image = try kernels.image(for: target)
      start.kernels += (ContinuousClock.now - begin) / .milliseconds(1)
      return try DeviceNetwork(
        device, image: image, factors: factors, kept: kernels.kept, trusts: restarts == 0)
    }
    let most = try planned.plan(.most(within: limits))
    try onDevice { () throws(CUDAError) in try made.reserve(most) }
    network = made
    return made
  }

  private func onDevice<Value>(
    _ body: () throws(CUDAError) -> Value
  ) throws(ModelError) -> Value {
    do throws(CUDAError) { return try body() } catch { throw .device(error) }
  }
}
