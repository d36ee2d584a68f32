import Boxes
import CUDA
import HostDevice
import JSON
import TestKit
import Testing

@testable import GroundingModel
@testable import Tensors

/// On a device that is the processor in a GPU's place.
@Suite(.serialized) struct `The grounder on a device` {
  let golden: GoldenFile

  init() throws { golden = try GoldenFile("golden_tiny") }

  private static let opener: LibrarySearch.Opener = { (library, _) throws(CUDAError) in
    guard library != .monitor else { throw .missingLibrary(library, reason: "none here") }
    return OpenLibrary(path: "host") { hostDeviceSymbol($0).map { UInt(bitPattern: $0) } }
  }

  private func grounder(_ factors: FactorKind, imagesMax: Int = 8) throws -> DeviceGrounder {
    hostDeviceReset(1 << 30)
    let file = try GoldenFile("medgrounder_tiny").file
    let libraries = try CUDALibraries(Self.opener)
    return try DeviceGrounder(
      file, file.configuration, factors: factors,
      kernels: KernelCompiler(Self.opener, cacheFolder: nil), imagesMax: imagesMax
    ) { () throws(CUDAError) in try CUDADevice(libraries, ordinal: 0) }
  }

  private func request() throws -> GroundingRequest {
    GroundingRequest(pixels: try golden.floats("pixels"), sentences: try golden.sentences())
  }

  @Test(arguments: zip(FactorKind.allCases, [1e-4, 0.2, 0.02] as [Float]))
  func `gives the boxes and logits of the reference`(
    factors: FactorKind, tolerance: Float
  ) throws {
    let outputs = try grounder(factors).ground([request()])[0]
    expectClose(
      outputs.flatMap { $0.boxes }, try golden.floats("box"), within: tolerance, "boxes")
    expectClose(
      outputs.flatMap { $0.logits }, try golden.floats("conf"), within: 4 * tolerance, "logits")
  }

  /// Two images, of which one has three sentences and one a single one, some of them in another batch.
  @Test func `gives a sentence the same alone and in company`() throws {
    var second = try request()
    second.pixels = .normalised(second.pixels.values.reversed())
    second.sentences = [Array(repeating: 7, count: 21)]
    let requests = [try request(), second, try request()]
    let grounder = try grounder(.f32, imagesMax: 2)
    let file = try GoldenFile("medgrounder_tiny").file
    let expected = try MedGrounder(file, threads: 1).ground(requests)
    let answers = try grounder.ground(requests)
    #expect(answers.map { $0.count } == [3, 1, 3])
    for (answer, expected) in zip(answers.joined(), expected.joined()) {
      expectClose(answer.boxes, expected.boxes, within: 1e-4, "boxes")
      expectClose(answer.logits, expected.logits, within: 1e-4, "logits")
    }
  }

  /// Of one plane, of three, and floats: among their like, and with others that need more.
  @Test func `reads samples as the processor does`() throws {
    let side = 128
    func plane(_ seed: Int) -> [UInt8] {
      (0..<side * side).map { UInt8(($0 * (seed + 7) + $0 / side * 31) % 251) }
    }
    let images: [ImagePixels] = [
      .samples(plane(0), planes: 1), .samples(plane(1), planes: 1),
      .samples(plane(2) + plane(3) + plane(4), planes: 3), .samples(plane(5), planes: 1),
      .normalised(try golden.floats("pixels")),
      .samples(plane(6) + plane(7) + plane(8), planes: 3),
    ]
    let requests = images.map { GroundingRequest(pixels: $0, sentences: [[1, 7, 9, 2]]) }
    let grounder = try grounder(.f32, imagesMax: 2)
    let file = try GoldenFile("medgrounder_tiny").file
    let expected = try MedGrounder(file, threads: 1).ground(requests)
    let answers = try grounder.ground(requests)
    for (answer, expected) in zip(answers.joined(), expected.joined()) {
      expectClose(answer.boxes, expected.boxes, within: 1e-4, "boxes")
      expectClose(answer.logits, expected.logits, within: 1e-4, "logits")
    }
    #expect(Set(expected.map { $0[0].logits }).count == images.count, "all see something else")
  }

  @Test func `says which image made the arithmetic fail`() throws {
    var broken = try request()
    var values = broken.pixels.values
    values[100] = .infinity
    broken.pixels = .normalised(values)
    let answers = try grounder(.f32).ground([request(), broken])
    #expect(answers[0].allSatisfy { $0.isFinite })
    #expect(answers[1].allSatisfy { !$0.isFinite })
  }

  @Test(arguments: [
    "cuGraphLaunch", "cuStreamSynchronize", "cuMemAlloc_v2", "cuCtxSetCurrent",
  ])
  func `goes on with a fresh context after a fault`(call: String) throws {
    let grounder = try grounder(.f32)
    let expected = try grounder.ground([request()])
    hostDeviceFail(call, hostDeviceCalls(call) + 1, 700, 0)
    var longer = try request()
    longer.sentences.append(Array(repeating: 7, count: 40))
    let answers = try grounder.ground([longer])
    #expect(grounder.restarts == 1)
    for (answer, expected) in zip(answers[0], expected[0]) {
      expectClose(answer.logits, expected.logits, within: 1e-5, "logits")
    }
  }

  @Test func `gives up when the fresh context fails too`() throws {
    let grounder = try grounder(.f32)
    hostDeviceFail("cuGraphLaunch", 1, 719, 1)
    let error = #expect(throws: ModelError.self) { try grounder.ground([request()]) }
    guard case .device(.failed("cuGraphLaunch", 719, _)) = error else {
      throw try #require(error)
    }
    #expect(grounder.restarts == 1)
  }

  @Test func `goes on after a lack of memory, with as much as before`() throws {
    let grounder = try grounder(.f32)
    let expected = try grounder.ground([request()])
    hostDeviceFail("cuMemAlloc_v2", hostDeviceCalls("cuMemAlloc_v2") + 1, 2, 0)
    var longer = try request()
    longer.sentences.append(Array(repeating: 7, count: 300))
    let error = #expect(throws: ModelError.self) { try grounder.ground([longer]) }
    #expect(error?.isLackOfMemory == true && error?.isLossOfDevice == false)
    hostDeviceFail(nil, 0, 0, 0)
    #expect(try grounder.ground([request()])[0].count == expected[0].count)
  }

  @Test func `measures itself, and passes its own check`() throws {
    let file = try GoldenFile("medgrounder_tiny").file
    let grounder = try grounder(.f32)
    let device = try #require(grounder.device)
    let benchmark = try DeviceBenchmark(
      grounder, since: ContinuousClock.now, repetitions: 1, reports: 1
    ) {
      try DeviceFloors(
        device, KernelCompiler(Self.opener, cacheFolder: nil), factors: .f32, side: 32,
        numbers: 1 << 12, repetitions: 1)
    }
    let parity = try DeviceBenchmark.parity(
      "tiny", grounder, with: MedGrounder(file, threads: 1))
    #expect(parity.isPassed && parity.box < 1e-4)
    var wrong = parity
    wrong.logit = 0.002
    #expect(!wrong.isPassed)
    let json = try JSON(
      parsing: Array(
        DeviceBenchmark.json(
          of: device, versions: "v", [benchmark], [parity, wrong], changes: [(.f32, 1, 100)]
        ).utf8))
    #expect(json["passed"]?.boolean == false)
    #expect(json["parity"]?.array?.map { $0["passed"]?.boolean } == [true, false])
    #expect(json["regions"]?.array?.first?["passed"]?.boolean == false)
    let speed = json["measured"]?.array?.first?["speed"]?.array
    #expect(speed?.map { $0["work"]?.string } == ["pair", "report of 8", "1 reports of 8"])
    #expect(speed?.allSatisfy { ($0["operations_floor_ms"]?.number ?? 0) > 0 } == true)
  }

  @Test func `proves on a small network that it computes what the processor does`() throws {
    let grounder = try grounder(.bf16)
    try grounder.prove(threads: 1)
    hostDeviceSpoil(1)
    defer { hostDeviceSpoil(0) }
    let error = #expect(throws: ModelError.self) { try grounder.prove(threads: 1) }
    guard case .device(.wrongAnswers) = error else { throw try #require(error) }
    #expect(error?.isLossOfDevice == true)
  }

  /// As if the device had done what is aside last.
  @Test func `gives the same in whichever order its tracks are done`() throws {
    let file = try GoldenFile("medgrounder_tiny").file
    let planned = try PlannedNetwork(file, file.configuration, factors: .f32)
    let request = try request()
    let size = PlanSize(images: 1, sentences: 3, tokens: 32)
    let plan = try planned.plan(size)
    let before = plan.steps.prefix(plan.meeting)
    let steps =
      before.filter { $0.track == .main } + before.filter { $0.track == .aside }
      + plan.steps.dropFirst(plan.meeting)
    let turned = Plan(
      size: size, factors: .f32, steps: Array(steps), meeting: plan.meeting,
      buffers: plan.buffers, slots: plan.slots, constants: plan.constants,
      arenaBytes: plan.arenaBytes)
    let input = PlanInput(
      pixels: [request.pixels], sentences: request.sentences, images: [0, 0, 0])
    hostDeviceReset(1 << 30)
    let device = try CUDADevice(CUDALibraries(Self.opener), ordinal: 0)
    let image = try KernelCompiler(Self.opener, cacheFolder: nil).image(
      for: KernelCompiler.Target(architecture: "sm_90", factors: .f32, headSizes: [16]))
    let answers = try [plan, turned].map { plan in
      let network = try DeviceNetwork(device, image: image, factors: .f32)
      try network.load(plan, weights: planned.weights)
      try network.submit(input, size: size, lane: 0)
      return try network.collect(lane: 0)
    }
    #expect(answers[0].boxes == answers[1].boxes && answers[0].logits == answers[1].logits)
    #expect(before.contains { $0.track == .aside } && before.contains { $0.track == .main })
  }

  @Test func `refuses what it cannot read`() throws {
    let grounder = try grounder(.f32)
    var masked = try request()
    masked.pixelMask = [Bool](repeating: false, count: 128 * 128)
    #expect(throws: ModelError.self) { try grounder.ground([masked]) }
    #expect(try grounder.ground([]).isEmpty)
    var none = try request()
    none.sentences = []
    #expect(try grounder.ground([none]) == [[]])
  }

  @Test func `cuts sentences into batches within their limits, in their order`() {
    var limits = DeviceBatch.Limits()
    (limits.images, limits.sentences, limits.rows, limits.cells) = (2, 5, 400, 100)
    let lengths = [[3, 4], [], [5, 6, 7, 30], [20], [100, 2, 170]]
    let requests = lengths.map { $0.map { [Int32](repeating: 1, count: $0) } }
    let batches = DeviceBatch.cut(requests, limits: limits)
    #expect(batches.flatMap { Array($0.pairs) } == Array(0..<10))
    for batch in batches {
      #expect(batch.requests.count <= 2 && batch.pairs.count <= 5)
      let tokens = batch.pairs.reduce(0) { $0 + requests.joined().map { $0.count }[$1] }
      #expect(batch.size.rows >= tokens && batch.size.rows < max(65, 2 * tokens))
      #expect(batch.pairs.count == 1 || (100 + batch.size.tokens) * batch.pairs.count <= 400)
      #expect(
        batch.requests.count <= batch.size.images && batch.pairs.count <= batch.size.sentences)
      let all = requests.enumerated().flatMap { index, sentences in
        sentences.map { (index, $0.count) }
      }
      for (pair, image) in zip(batch.pairs, batch.images) {
        #expect(batch.requests[Int(image)] == all[pair].0)
        #expect(all[pair].1 <= batch.size.tokens)
      }
    }
    #expect(batches.map { $0.size.tokens } == [8, 32, 24, 128, 8, 192])
    #expect(batches.map { $0.size.rows } == [64, 64, 64, 128, 64, 192])
  }
}
