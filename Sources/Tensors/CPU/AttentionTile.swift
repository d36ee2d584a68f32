/// Some heads of some queries of a segment, and the keys that any of them may see.
struct AttentionTile {
  let heads: Range<Int>
  let queries: Range<Int>
  let keys: Range<Int>
  private let window: Int?
  /// Position of the first query and key in their segment.
  private let firstQuery, firstKey: Int

  /// Scores of a tile: 448 KiB, so that they, their copy in 16 bits and the keys stay in a core's own cache
  /// of 1 MiB. In turn on the full-size network in bf16, cross-encoder and decoder took 87, 85, 84 and 32,
  /// 32, 31 ms; with 1 MiB 94, 86, 89 and 36, 33, 34; with 256 KiB 89, 90, 89 and 33, 35, 33.
  private static let scoresMax = 112 << 10

  /// All tiles of all segments.
  static func cut(_ segments: [AttentionSegment], heads: Int, window: Int?) -> [AttentionTile] {
    var tiles: [AttentionTile] = []
    for segment in segments {
      let together = headsTogether(segment, heads: heads, window: window)
      for first in stride(from: 0, to: heads, by: together) {
        var start = segment.queries.lowerBound
        while start < segment.queries.upperBound {
          tiles.append(
            AttentionTile(
              of: segment, from: start, heads: first..<min(heads, first + together),
              window: window))
          start = tiles[tiles.count - 1].queries.upperBound
        }
      }
    }
    return tiles
  }

  /// So many heads that all queries of each fit into one tile: every tile packs its keys and values again.
  private static func headsTogether(
    _ segment: AttentionSegment, heads: Int, window: Int?
  ) -> Int {
    guard window == nil else { return heads }
    let scores = segment.queries.count * segment.keys.count
    return max(1, min(heads, scoresMax / max(1, scores)))
  }

  /// Neighbouring tiles for each of at most so many threads, about the same work for each.
  static func shares(of tiles: [AttentionTile], among threads: Int) -> [[AttentionTile]] {
    let total = tiles.reduce(0) { $0 + $1.cost }
    var shares = [[AttentionTile]](repeating: [], count: threads)
    var before = 0
    for tile in tiles {
      let middle = before + tile.cost / 2
      shares[min(threads - 1, middle * threads / max(1, total))].append(tile)
      before += tile.cost
    }
    return shares
  }

  init(
    of segment: AttentionSegment, from start: Int, heads: Range<Int>, window: Int?,
    scoresMax: Int = Self.scoresMax
  ) {
    let offset = start - segment.queries.lowerBound
    let reach = min(segment.keys.count, window.map { $0 * 4 } ?? segment.keys.count)
    let rows = max(16, scoresMax / (heads.count * max(1, reach)) / 16 * 16)
    let limit = window.map { min(rows, max(1, 2 * $0)) } ?? rows
    let count = min(limit, segment.queries.upperBound - start)
    self.heads = heads
    queries = start..<(start + count)
    var positions = 0..<segment.keys.count
    if let window {
      positions =
        max(0, offset - window)..<min(segment.keys.count, offset + count + window)
    }
    let first = segment.keys.lowerBound
    keys = (first + positions.lowerBound)..<(first + positions.upperBound)
    self.window = window
    firstQuery = offset
    firstKey = positions.lowerBound
  }

  /// Scores to be computed.
  var cost: Int { heads.count * queries.count * keys.count }

  /// False when every query sees every key.
  var hides: Bool {
    guard let window else { return false }
    return max(firstQuery + queries.count - 1 - firstKey, firstKey + keys.count - 1 - firstQuery)
      > window
  }

  func sees(row: Int, key: Int) -> Bool {
    guard let window else { return true }
    return abs(firstQuery + row - firstKey - key) <= window
  }
}
