import Boxes
import Tensors
import TestKit
import Testing

@testable import GroundingModel

@Suite struct `Text features of recent sentences` {
  private func features(_ tokens: Int) -> [Float] { [Float](repeating: 1, count: tokens * 64) }

  @Test func `are there when they are asked for again`() {
    var cache = TextFeatures(bytesMax: 1 << 20)
    #expect(cache.features(of: [1, 2]) == nil)
    cache.keep(features(2), of: [1, 2])
    #expect(cache.features(of: [1, 2]) == features(2))
    #expect(cache.features(of: [2, 1]) == nil)
    #expect(cache.hits == 1 && cache.misses == 2)
  }

  @Test func `stay within their bound, and those that are used stay`() {
    let bytes = 256 * 4
    var cache = TextFeatures(bytesMax: 16 * bytes)
    for number in 0..<Int32(200) {
      _ = cache.features(of: [7])
      cache.keep(features(4), of: [7])
      _ = cache.features(of: [number, number])
      cache.keep(features(4), of: [number, number])
      #expect(cache.bytes <= 16 * bytes)
    }
    #expect(cache.features(of: [7]) != nil)
    #expect(cache.features(of: [0, 0]) == nil)
    #expect(cache.features(of: [199, 199]) != nil)
  }

  @Test func `are not kept where there is no room`() {
    var cache = TextFeatures(bytesMax: 0)
    cache.keep(features(1), of: [1])
    #expect(cache.bytes == 0 && cache.features(of: [1]) == nil)
  }

  @Test func `do not change what a sentence comes to`() throws {
    let golden = try GoldenFile("golden_tiny")
    let weights = try GoldenFile("medgrounder_tiny").file
    let grounder = try MedGrounder(weights, try weights.configuration, threads: 2)
    let sentences = try golden.sentences()
    let pixels = try golden.floats("pixels")
    let first = try grounder.ground([GroundingRequest(pixels: pixels, sentences: sentences)])
    #expect(grounder.textLookups == (0, sentences.count))
    // In another order, twice each, in two requests.
    let again = Array(sentences.reversed())
    let second = try grounder.ground([
      GroundingRequest(pixels: pixels, sentences: again),
      GroundingRequest(pixels: pixels, sentences: again),
    ])
    #expect(grounder.textLookups.computed == sentences.count)
    for answers in second {
      for (one, other) in zip(answers.reversed(), first[0]) {
        expectClose(one.boxes, other.boxes, within: 1e-5, "boxes")
        expectClose(one.logits, other.logits, within: 1e-5, "logits")
      }
    }
  }
}
