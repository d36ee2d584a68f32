import Testing

@testable import GroundingModel
@testable import Tensors

@Suite struct `A device's batch` {
  @Test func `takes sentences within its limits, in their order`() {
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
