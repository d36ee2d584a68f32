internal import CCUDA
internal import Tensors

/// What a batch is given.
public struct PlanInput: Sendable {
  /// Of each image, [3, side, side]; at most as many as the plan's size says.
  public var pixels: [[Float]]
  /// Token ids of each sentence.
  public var sentences: [[Int32]]
  /// The image that each sentence speaks of.
  public var images: [Int32]

  public init(pixels: [[Float]], sentences: [[Int32]], images: [Int32]) {
    self.pixels = pixels
    self.sentences = sentences
    self.images = images
  }
}

/// What a batch answers, with the room that its size has for more images and sentences.
public struct PlanOutput: Sendable {
  /// [sentences · queries, 4]
  public var boxes: [Float]
  /// [sentences · queries]
  public var logits: [Float]
  /// Of each image.
  public var isSound: [Bool]
}

/// The memory and the graphs of one batch at a time.
final class DeviceLane {
  let workspace: DeviceBlock
  private let device: CUDADevice
  private let stream: DeviceStream
  private var arena: DeviceBlock?
  private var pinned: PinnedBlock?
  private var graphs: [PlanSize: DeviceGraph] = [:]
  private var running: Plan?

  init(_ device: CUDADevice) throws(CUDAError) {
    self.device = device
    stream = try DeviceStream(device)
    workspace = try DeviceBlock(device, bytes: DeviceProducts.workspaceBytes)
  }

  /// Bytes of the device's memory.
  var bytes: Int { workspace.bytes + (arena?.bytes ?? 0) }

  func address(of buffer: PlanBuffer, bytes: Int) -> CUDAAddress {
    (arena?.address ?? 0) + CUDAAddress(buffer.offset + bytes)
  }

  /// Memory enough for a plan; with other memory than before, graphs are made anew.
  func make(room plan: Plan) throws(CUDAError) {
    let pinnedBytes = Self.layout(plan).bytes
    if (arena?.bytes ?? 0) < plan.arenaBytes {
      graphs = [:]
      arena = nil
      arena = try DeviceBlock(device, bytes: plan.arenaBytes)
    }
    if (pinned?.bytes ?? 0) < pinnedBytes {
      graphs = [:]
      pinned = nil
      pinned = try PinnedBlock(device, bytes: pinnedBytes)
    }
  }

  /// Where each slot of a plan is in pinned memory, and how much all take.
  private static func layout(_ plan: Plan) -> (offsets: [PlanSlot: Int], bytes: Int) {
    var offsets: [PlanSlot: Int] = [:]
    var end = 0
    for slot in PlanSlot.allCases {
      guard let buffer = plan.slots[slot] else { continue }
      offsets[slot] = end
      end += (plan.buffers[buffer].bytes + 255) / 256 * 256
    }
    return (offsets, max(256, end))
  }

  private func room(_ slot: PlanSlot, _ plan: Plan) -> UnsafeMutableRawBufferPointer {
    guard let pinned, let offset = Self.layout(plan).offsets[slot],
      let buffer = plan.slots[slot]
    else { return UnsafeMutableRawBufferPointer(start: nil, count: 0) }
    return UnsafeMutableRawBufferPointer(
      start: pinned.pointer + offset, count: plan.buffers[buffer].bytes)
  }

  func fill(_ input: PlanInput, _ plan: Plan) throws(CUDAError) {
    let size = plan.size
    precondition(
      input.pixels.count <= size.images && input.sentences.count <= size.sentences
        && input.images.count == input.sentences.count
        && input.sentences.allSatisfy { (1...size.tokens).contains($0.count) },
      "\(input.pixels.count) images and \(input.sentences.count) sentences for \(size)")
    let pixels = room(.pixels, plan)
    let imageBytes = pixels.count / size.images
    for (index, image) in input.pixels.enumerated() {
      image.withUnsafeBytes { bytes in
        precondition(bytes.count == imageBytes, "\(image.count) pixels")
        UnsafeMutableRawBufferPointer(
          rebasing: pixels[index * imageBytes..<(index + 1) * imageBytes]
        ).copyMemory(from: bytes)
      }
    }
    let ids = input.sentences.flatMap { sentence in
      sentence + [Int32](repeating: 0, count: size.tokens - sentence.count)
    }
    // Sentences that nobody asked about have a token, and speak of the first image.
    write(ids, to: .ids, plan, rest: 0)
    write(input.sentences.map { Int32($0.count) }, to: .lengths, plan, rest: 1)
    write(input.images, to: .images, plan, rest: 0)
  }

  private func write(_ numbers: [Int32], to slot: PlanSlot, _ plan: Plan, rest: Int32) {
    let room = room(slot, plan).bindMemory(to: Int32.self)
    for index in room.indices { room[index] = index < numbers.count ? numbers[index] : rest }
  }

  /// - body: does the steps on a stream; called where the graph is not there yet.
  func run(
    _ plan: Plan, _ body: (DeviceStream) throws(CUDAError) -> Void
  ) throws(CUDAError) {
    precondition(running == nil, "a lane that is busy")
    let graph: DeviceGraph
    if let known = graphs[plan.size] {
      graph = known
    } else {
      graph = try DeviceGraph(device, capturing: stream) { () throws(CUDAError) in
        for slot in PlanSlot.allCases where !slot.isResult { try copy(slot, plan) }
        try body(stream)
        for slot in PlanSlot.allCases where slot.isResult { try copy(slot, plan) }
      }
      graphs[plan.size] = graph
    }
    try graph.launch(on: stream)
    running = plan
  }

  private func copy(_ slot: PlanSlot, _ plan: Plan) throws(CUDAError) {
    guard let buffer = plan.slots[slot] else { return }
    let room = room(slot, plan)
    let address = address(of: plan.buffers[buffer], bytes: 0)
    guard slot.isResult else {
      return try stream.copy(UnsafeRawBufferPointer(room), to: address)
    }
    try device.check(
      device.driver.cuMemcpyDtoHAsync_v2(room.baseAddress, address, room.count, stream.handle),
      "cuMemcpyDtoHAsync")
  }

  func collect() throws(CUDAError) -> PlanOutput {
    guard let plan = running else { preconditionFailure("a lane that is not busy") }
    running = nil
    try stream.wait()
    return PlanOutput(
      boxes: Array(room(.boxes, plan).bindMemory(to: Float.self)),
      logits: Array(room(.logits, plan).bindMemory(to: Float.self)),
      isSound: room(.unsound, plan).bindMemory(to: Int32.self).map { $0 == 0 })
  }
}

/// Steps that the device knows as one.
final class DeviceGraph {
  private let device: CUDADevice
  private let runnable: UnsafeMutableRawPointer?

  /// - body: its steps, which are not done but remembered.
  init(
    _ device: CUDADevice, capturing stream: DeviceStream, _ body: () throws(CUDAError) -> Void
  ) throws(CUDAError) {
    self.device = device
    let driver = device.driver
    // Only what this thread does meanwhile has to keep to the rules of a capture.
    try device.check(
      driver.cuStreamBeginCapture_v2(stream.handle, 1), "cuStreamBeginCapture")
    var graph: UnsafeMutableRawPointer?
    do throws(CUDAError) {
      try body()
    } catch {
      if driver.cuStreamEndCapture(stream.handle, &graph) == 0 { _ = driver.cuGraphDestroy(graph) }
      throw error
    }
    try device.check(driver.cuStreamEndCapture(stream.handle, &graph), "cuStreamEndCapture")
    defer { _ = driver.cuGraphDestroy(graph) }
    var runnable: UnsafeMutableRawPointer?
    try device.check(
      driver.cuGraphInstantiateWithFlags(&runnable, graph, 0), "cuGraphInstantiate")
    self.runnable = runnable
  }

  deinit { _ = device.driver.cuGraphExecDestroy(runnable) }

  func launch(on stream: DeviceStream) throws(CUDAError) {
    try device.check(device.driver.cuGraphLaunch(runnable, stream.handle), "cuGraphLaunch")
  }
}
