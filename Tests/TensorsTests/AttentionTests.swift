import Foundation
import Testing

@testable import Tensors

@Suite struct `Attention` {
  /// One query's result by the definition.
  private func attend(
    _ q: [Float], _ k: [Float], _ v: [Float], width: Int, head: Range<Int>, query: Int,
    keys: Range<Int>, sees: (Int) -> Bool
  ) -> [Float] {
    let scores = keys.map { key -> Double in
      guard sees(key) else { return -.infinity }
      let product = head.reduce(0.0) {
        $0 + Double(q[query * width + $1]) * Double(k[key * width + $1])
      }
      return product / Double(head.count).squareRoot()
    }
    let highest = scores.max() ?? 0
    let weights = scores.map { exp($0 - highest) }
    let total = weights.reduce(0, +)
    return head.map { column in
      Float(
        zip(keys, weights).reduce(0.0) { $0 + $1.1 * Double(v[$1.0 * width + column]) } / total)
    }
  }

  @Test(arguments: [nil, 1, 4, 64], [1, 3])
  func `mixes the values of the keys that a query sees`(window: Int?, heads: Int) throws {
    let backend = try Backends.make(threads: 2)
    let width = heads * 8
    let lengths = [1, 30, 7]
    let rows = lengths.reduce(0, +)
    let all = numbers(rows * width * 3)
    let packed = try backend.tensor(all, columns: 3 * width)
    func part(_ index: Int) -> [Float] {
      (0..<rows).flatMap { all[($0 * 3 + index) * width..<($0 * 3 + index + 1) * width] }
    }
    var segments: [AttentionSegment] = []
    var start = 0
    for length in lengths {
      let range = start..<start + length
      segments.append(AttentionSegment(queries: range, keys: range))
      start += length
    }
    let result = try backend.attention(
      queries: packed.columns(0..<width), keys: packed.columns(width..<2 * width),
      values: packed.columns(2 * width..<3 * width), heads: heads, segments: segments,
      window: window)
    var expected: [Float] = []
    for segment in segments {
      for query in segment.queries {
        for head in 0..<heads {
          expected += attend(
            part(0), part(1), part(2), width: width, head: head * 8..<(head + 1) * 8,
            query: query, keys: segment.keys
          ) { key in window.map { abs(query - key) <= $0 } ?? true }
        }
      }
    }
    expectClose(try backend.values(of: result), expected)
  }

  @Test(arguments: [nil, 3]) func `is cut into tiles that cover all queries`(window: Int?) {
    let segment = AttentionSegment(queries: 100..<200, keys: 100..<200)
    var start = 100
    var seen = 0
    while start < 200 {
      let tile = AttentionTile(
        of: segment, from: start, heads: 0..<2, window: window, scoresMax: 200 * 32)
      #expect(tile.queries.lowerBound == start && !tile.queries.isEmpty)
      for (row, query) in tile.queries.enumerated() {
        let keys = tile.keys.enumerated().filter { tile.sees(row: row, key: $0.offset) }
        let expected = window.map { max(100, query - $0)...min(199, query + $0) } ?? 100...199
        #expect(keys.map { $0.element } == Array(expected))
        seen += 1
      }
      start = tile.queries.upperBound
    }
    #expect(seen == 100)
  }
}
