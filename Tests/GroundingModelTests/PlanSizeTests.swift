import Tensors
import Testing

@testable import GroundingModel

@Suite struct `A batch's size` {
  private let configuration = ModelConfiguration()
  private let size = PlanSize(images: 2, sentences: 12, tokens: 24, rows: 192, samplePlanes: 1)

  private func fitting(_ ready: PlanSize...) -> PlanSize {
    size.fitting(Set(ready), configuration)
  }

  @Test func `is its own where nothing else is ready`() { #expect(fitting() == size) }

  @Test func `is the cheapest that is ready and has room`() {
    var (dear, cheap) = (size, size)
    (dear.sentences, dear.rows, cheap.rows) = (16, 256, 256)
    #expect(fitting(dear, cheap) == cheap)
    #expect(fitting(dear, cheap, size) == size)
    #expect(cheap.operations(configuration) < dear.operations(configuration))
  }

  @Test func `is its own where others lack room, take too long or want other images`() {
    var smaller = [size, size, size, size]
    smaller[0].images = 1
    smaller[1].sentences = 8
    smaller[2].tokens = 16
    smaller[3].rows = 128
    var (larger, colored) = (size, size)
    larger.images = 4
    colored.samplePlanes = 3
    for other in smaller + [larger, colored] { #expect(fitting(other) == size) }
  }
}
