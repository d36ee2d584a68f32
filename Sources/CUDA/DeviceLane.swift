internal import CCUDA
internal import Tensors

/// The memory and the graphs of one batch at a time.
final class DeviceLane {
  /// Of each of a plan's tracks: a stream, and room for products.
  struct Track {
    let stream: DeviceStream
    let workspace: DeviceBlock
  }

  private let device: CUDADevice
  private let main, aside: Track
  private let parting, meeting, begin, end: DeviceEvent
  private var arena: DeviceBlock?
  private var pinned: PinnedBlock?
  private var graphs: [PlanSize: DeviceGraph] = [:]
  private var running: Plan?

  init(_ device: CUDADevice) throws(CUDAError) {
    self.device = device
    func track() throws(CUDAError) -> Track {
      Track(
        stream: try DeviceStream(device),
        workspace: try DeviceBlock(device, bytes: DeviceProducts.workspaceBytes))
    }
    main = try track()
    aside = try track()
    parting = try DeviceEvent(device)
    meeting = try DeviceEvent(device)
    begin = try DeviceEvent(device)
    end = try DeviceEvent(device)
  }

  /// Bytes of the device's memory.
  var bytes: Int {
    main.workspace.bytes + aside.workspace.bytes + (arena?.bytes ?? 0)
  }

  func address(of buffer: PlanBuffer, bytes: Int) -> CUDAAddress {
    (arena?.address ?? 0) + CUDAAddress(buffer.offset + bytes)
  }

  var isBusy: Bool { running != nil }

  func forgetGraphs() { graphs = [:] }

  /// Waits for what is under way; its answer is still to be collected.
  func wait() throws(CUDAError) { try main.stream.wait() }

  /// Waits for what is under way, and asks for no answer.
  func abandon() {
    running = nil
    try? main.stream.wait()  // whatever it says, nobody wants to know
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
        && input.sentences.allSatisfy { (1...size.tokens).contains($0.count) }
        && input.sentences.reduce(0) { $0 + $1.count } <= size.rows,
      "\(input.pixels.count) images and \(input.sentences.count) sentences for \(size)")
    let pixels = room(.pixels, plan)
    let imageBytes = pixels.count / size.images
    for (index, image) in input.pixels.enumerated() {
      precondition(
        image.samplePlanes == size.samplePlanes,
        "\(image.samplePlanes) planes of samples for \(size)")
      let room = UnsafeMutableRawBufferPointer(
        rebasing: pixels[index * imageBytes..<(index + 1) * imageBytes])
      switch image {
      case .normalised(let values): values.withUnsafeBytes { Self.copy($0, to: room) }
      case .samples(let samples, _): samples.withUnsafeBytes { Self.copy($0, to: room) }
      }
    }
    write(input.sentences.flatMap { $0 }, to: .ids, plan, rest: 0)
    write(input.sentences.flatMap { $0.indices.map(Int32.init) }, to: .positions, plan, rest: 0)
    // Sentences that nobody asked about have no token, and speak of the first image.
    write(input.sentences.map { Int32($0.count) }, to: .lengths, plan, rest: 0)
    var (starts, end): ([Int32], Int32) = ([], 0)
    for sentence in input.sentences {
      starts.append(end)
      end += Int32(sentence.count)
    }
    // What no sentence has belongs to the last, or to the first when there is none.
    write(starts.isEmpty ? [0] : starts, to: .starts, plan, rest: Int32(size.rows))
    write(input.images, to: .images, plan, rest: 0)
  }

  private static func copy(
    _ bytes: UnsafeRawBufferPointer, to room: UnsafeMutableRawBufferPointer
  ) {
    precondition(bytes.count == room.count, "\(bytes.count) bytes of an image for \(room.count)")
    room.copyMemory(from: bytes)
  }

  private func write(_ numbers: [Int32], to slot: PlanSlot, _ plan: Plan, rest: Int32) {
    let room = room(slot, plan).bindMemory(to: Int32.self)
    for index in room.indices { room[index] = index < numbers.count ? numbers[index] : rest }
  }

  /// Starts a plan whose graph is there.
  ///
  /// - Returns: false where it is not, and nothing was started.
  func run(_ plan: Plan) throws(CUDAError) -> Bool {
    guard let graph = graphs[plan.size] else { return false }
    try begin.record(on: main.stream)
    try graph.launch(on: main.stream)
    try end.record(on: main.stream)
    running = plan
    return true
  }

  /// Does a plan's steps one by one, with what `fill` has put there: libraries load their kernels and try their
  /// algorithms now, which a capture would not let them. The answer is worth nothing.
  func rehearse(
    _ plan: Plan, _ body: (PlanStep, Track) throws(CUDAError) -> Void
  ) throws(CUDAError) {
    for slot in PlanSlot.allCases where !slot.isResult { try copy(slot, plan) }
    for step in plan.steps { try body(step, main) }
    try main.stream.wait()
  }

  /// Makes the graph of a plan.
  ///
  /// - body: does a step on a track.
  func capture(
    _ plan: Plan, _ body: (PlanStep, Track) throws(CUDAError) -> Void
  ) throws(CUDAError) {
    graphs[plan.size] = try DeviceGraph(device, capturing: main.stream) { () throws(CUDAError) in
      for slot in PlanSlot.allCases where !slot.isResult { try copy(slot, plan) }
      let first = plan.steps.firstIndex { $0.track == .aside }
      for (number, step) in plan.steps.enumerated() {
        if number == first {
          try parting.record(on: main.stream)
          try parting.hold(aside.stream)
        }
        if first != nil, number == plan.meeting {
          try meeting.record(on: aside.stream)
          try meeting.hold(main.stream)
        }
        try body(step, step.track == .main ? main : aside)
      }
      for slot in PlanSlot.allCases where slot.isResult { try copy(slot, plan) }
    }
  }

  private func copy(_ slot: PlanSlot, _ plan: Plan) throws(CUDAError) {
    guard let buffer = plan.slots[slot] else { return }
    let room = room(slot, plan)
    let address = address(of: plan.buffers[buffer], bytes: 0)
    guard slot.isResult else {
      return try main.stream.copy(UnsafeRawBufferPointer(room), to: address)
    }
    try device.check(
      device.driver.cuMemcpyDtoHAsync_v2(
        room.baseAddress, address, room.count, main.stream.handle), "cuMemcpyDtoHAsync")
  }

  func collect() throws(CUDAError) -> PlanOutput {
    guard let plan = running else { preconditionFailure("a lane that is not busy") }
    running = nil
    try main.stream.wait()
    return PlanOutput(
      boxes: Array(room(.boxes, plan).bindMemory(to: Float.self)),
      logits: Array(room(.logits, plan).bindMemory(to: Float.self)),
      isSound: room(.unsound, plan).bindMemory(to: Int32.self).map { $0 == 0 },
      milliseconds: try end.time(since: begin))
  }
}
