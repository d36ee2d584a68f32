import Boxes
import JSON
import TestKit
import Testing

@testable import GroundingModel
@testable import Tensors

@Suite struct `An image on its way to the network` {
  private static let side = 128

  /// Of a plane, different for every seed.
  static func samples(_ seed: Int) -> [UInt8] {
    (0..<side * side).map { UInt8(($0 * (seed + 7) + $0 / side * 31) % 251) }
  }

  private let gray = ImagePixels.samples(samples(0), planes: 1)
  private let coloured = ImagePixels.samples(samples(0) + samples(1) + samples(2), planes: 3)

  @Test func `gives the same as the floats that it stands for`() throws {
    let grounder = try MedGrounder(GoldenFile("medgrounder_tiny").file, threads: 1)
    let sentences: [[Int32]] = [[1, 7, 9, 2], [1, 8, 2]]
    for pixels in [gray, coloured] {
      let request = GroundingRequest(pixels: pixels, sentences: sentences)
      let same = GroundingRequest(pixels: pixels.values, sentences: sentences)
      #expect(same.pixels == .normalised(pixels.values) && pixels.values.count == 3 * 128 * 128)
      #expect(try grounder.ground([request]) == grounder.ground([same]))
    }
    #expect(gray.values != coloured.values)
  }

  @Test func `comes in as many planes as it is wanted in`() {
    #expect(gray.inPlanes(1) == gray && coloured.inPlanes(3) == coloured)
    let wide = gray.inPlanes(3)
    #expect(wide.samplePlanes == 3 && wide.count == 3 * gray.count && wide.values == gray.values)
    #expect(coloured.inPlanes(0) == .normalised(coloured.values))
    let floats = ImagePixels.normalised([1, 2, 3])
    #expect(floats.inPlanes(0) == floats && floats.samplePlanes == 0)
  }

  /// Squares of samples, and the planes that they are said to be.
  @Test(arguments: [(3, 1), (1, 3), (2, 2), (0, 1), (0, 0)])
  func `is refused in another size`(squares: Int, planes: Int) throws {
    let grounder = try MedGrounder(GoldenFile("medgrounder_tiny").file, threads: 1)
    let samples = [UInt8](repeating: 1, count: squares * Self.side * Self.side)
    let request = GroundingRequest(
      pixels: .samples(samples, planes: planes), sentences: [[1, 2]])
    #expect(throws: ModelError.self) { try grounder.ground([request]) }
    #expect(throws: ModelError.self) {
      try grounder.ground([GroundingRequest(pixels: [1, 2], sentences: [[1, 2]])])
    }
  }

  @Test func `runs with others as the widest of them needs it`() {
    var limits = DeviceBatch.Limits()
    limits.images = 2
    let floats = ImagePixels.normalised(gray.values)
    let images = [gray, gray, gray, coloured, floats, coloured, coloured]
    let requests = images.map { GroundingRequest(pixels: $0, sentences: [[1, 2]]) }
    let batches = DeviceBatch.cut(requests, limits: limits)
    #expect(batches.map { $0.size.samplePlanes } == [1, 3, 0, 3])
    for batch in batches {
      let pixels = batch.pixels(of: requests)
      #expect(pixels.allSatisfy { $0.samplePlanes == batch.size.samplePlanes })
      #expect(pixels.map { $0.values } == batch.requests.map { images[$0].values })
    }
  }
}
