import Boxes
import CUDA
import HostDevice
import Tensors
import TestKit
import Testing

@testable import GroundingModel

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
    ) { (isFresh) throws(CUDAError) in
      try CUDADevice(libraries, ordinal: 0, isFresh: isFresh)
    }
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
    second.pixels.reverse()
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

  @Test func `says which image made the arithmetic fail`() throws {
    var broken = try request()
    broken.pixels[100] = .infinity
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
    (limits.images, limits.sentences, limits.tokens) = (2, 5, 160)
    let lengths = [[3, 4], [], [5, 6, 7, 30], [20], [100, 2, 170]]
    let requests = lengths.map { $0.map { [Int32](repeating: 1, count: $0) } }
    let batches = DeviceBatch.cut(requests, limits: limits)
    #expect(batches.flatMap { Array($0.pairs) } == Array(0..<10))
    for batch in batches {
      #expect(batch.requests.count <= 2 && batch.pairs.count <= 5)
      #expect(batch.pairs.count == 1 || batch.size.tokens * batch.pairs.count <= 160)
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
  }
}
