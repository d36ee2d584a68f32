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
    guard library != .monitor else { throw .missingLibrary(library, version: 13, reason: "none") }
    return OpenLibrary(path: "host") { hostDeviceSymbol($0).map { UInt(bitPattern: $0) } }
  }

  private func grounder(_ factors: FactorKind, imagesMax: Int = 8) throws -> DeviceGrounder {
    hostDeviceReset(1 << 30)
    let file = try GoldenFile("medgrounder_tiny").file
    let libraries = try CUDALibraries(Self.opener)
    return try DeviceGrounder(
      file, file.configuration, factors: factors,
      kernels: KernelCompiler(compilerIn: Self.opener, cacheFolder: nil), imagesMax: imagesMax
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

  /// As if a lost context had kept its memory.
  @Test func `gives up when there is no memory for a fresh context`() throws {
    let grounder = try grounder(.f32)
    try grounder.prepare(of: [request()])
    hostDeviceLimit(16 << 20)
    hostDeviceFail("cuGraphLaunch", hostDeviceCalls("cuGraphLaunch") + 1, 700, 0)
    let error = #expect(throws: ModelError.self) { try grounder.ground([request()]) }
    guard case .device(.failed("cuGraphLaunch", 700, _)) = error else {
      throw try #require(error)
    }
    #expect(error?.isLossOfDevice == true)
  }

  @Test func `begins anew when the device fails before the first report`() throws {
    let grounder = try grounder(.f32)
    hostDeviceFail("cuGraphLaunch", hostDeviceCalls("cuGraphLaunch") + 1, 700, 0)
    try grounder.prove(threads: 1)
    #expect(grounder.restarts == 1)
    hostDeviceFail("cuGraphLaunch", hostDeviceCalls("cuGraphLaunch") + 1, 700, 0)
    try grounder.prepare(of: [request()])
    #expect(grounder.restarts == 2)
    expectClose(
      try grounder.ground([request()])[0].flatMap { $0.boxes }, try golden.floats("box"),
      within: 1e-4, "boxes")
  }

  /// All that a batch of sentences of usual length needs is there from the start, so that graphs stay.
  @Test func `takes no more memory for larger batches`() throws {
    let grounder = try grounder(.f32, imagesMax: 2)
    var request = try request()
    request.pixels = .samples([UInt8](repeating: 9, count: 128 * 128), planes: 1)
    _ = try grounder.ground([request])
    let bytes = grounder.deviceBytes
    for count in [2, 5, 1] {
      _ = try grounder.ground(Array(repeating: request, count: count))
    }
    #expect(grounder.newSizes == 3)
    #expect(grounder.deviceBytes - bytes < 1 << 20, "more than the plans' constants")
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
        device, KernelCompiler(compilerIn: Self.opener, cacheFolder: nil), factors: .f32, side: 32,
        numbers: 1 << 12, repetitions: 1)
    }
    let parity = try DeviceBenchmark.parity(
      "tiny", grounder, with: MedGrounder(file, threads: 1))
    #expect(parity.isPassed && parity.box < 1e-4)
    var wrong = parity
    wrong.logit = 0.002
    #expect(!wrong.isPassed)
    var findings = DeviceBenchmark.Findings()
    findings.benchmarks = [benchmark]
    #expect(findings.arePassed)
    findings.parities = [parity, wrong]
    findings.changes = [DeviceBenchmark.Changes(factors: .f32, changed: 1, phrases: 100)]
    let json = try JSON(parsing: Array(findings.json(of: device, versions: "v").utf8))
    (findings.parities, findings.changes, findings.problems) = ([], [], ["f16: no memory"])
    #expect(!findings.arePassed)
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

  /// With room for more images, sentences and tokens than there are.
  @Test(arguments: [
    PlanSize(images: 1, sentences: 3, tokens: 24, rows: 40),
    PlanSize(images: 2, sentences: 4, tokens: 32), PlanSize(images: 4, sentences: 8, tokens: 48),
    PlanSize(images: 1, sentences: 12, tokens: 24, rows: 64),
  ])
  func `gives the reference's boxes in a bucket of every size`(size: PlanSize) throws {
    let file = try GoldenFile("medgrounder_tiny").file
    let planned = try PlannedNetwork(file, file.configuration, factors: .f32)
    let request = try request()
    let answer = try answer(
      of: planned.plan(size), planned.weights,
      PlanInput(pixels: [request.pixels], sentences: request.sentences, images: [0, 0, 0]))
    let boxes = try golden.floats("box")
    expectClose(Array(answer.boxes.prefix(boxes.count)), boxes, within: 1e-4, "boxes")
    let logits = try golden.floats("conf")
    expectClose(Array(answer.logits.prefix(logits.count)), logits, within: 4e-4, "logits")
  }

  private func answer(
    of plan: Plan, _ weights: [PlanWeight], _ input: PlanInput
  ) throws -> PlanOutput {
    hostDeviceReset(1 << 30)
    let device = try CUDADevice(CUDALibraries(Self.opener), ordinal: 0)
    let image = try KernelCompiler(compilerIn: Self.opener, cacheFolder: nil).image(
      for: KernelCompiler.Target(architecture: "sm_90", factors: .f32, headSizes: [16]))
    let network = try DeviceNetwork(device, image: image, factors: .f32)
    try network.load(plan, weights: weights)
    try network.submit(input, size: plan.size, lane: 0)
    return try network.collect(lane: 0)
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
    let answers = try [plan, turned].map { try answer(of: $0, planned.weights, input) }
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
}
