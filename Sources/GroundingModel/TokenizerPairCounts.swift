/// How often two tokens stand side by side in weighted words, and in which of them.
struct PairCounts {
  private var counts: [Merges.Pair: Int] = [:]
  private var places: [Merges.Pair: Set<Int>] = [:]

  init(_ words: [(pieces: [Int32], count: Int)]) {
    for (index, word) in words.enumerated() { add(word.pieces, index, times: word.count) }
  }

  /// Of the pairs seen at least twice the most frequent; of equals the one with the lowest ids.
  var mostFrequent: Merges.Pair? {
    let best = counts.max { one, other in
      (one.value, -one.key.left, -one.key.right)
        < (other.value, -other.key.left, -other.key.right)
    }
    return best.flatMap { $0.value >= 2 ? $0.key : nil }
  }

  /// The numbers of the words that hold a pair.
  func words(with pair: Merges.Pair) -> [Int] { (places[pair] ?? []).sorted() }

  /// The pair is not named again until a word that holds it is added.
  mutating func forget(_ pair: Merges.Pair) { counts[pair] = nil }

  mutating func add(_ pieces: [Int32], _ word: Int, times: Int) {
    for (left, right) in zip(pieces, pieces.dropFirst()) {
      counts[Merges.Pair(left: left, right: right), default: 0] += times
      places[Merges.Pair(left: left, right: right), default: []].insert(word)
    }
  }

  mutating func remove(_ pieces: [Int32], _ word: Int, times: Int) {
    for (left, right) in zip(pieces, pieces.dropFirst()) {
      let pair = Merges.Pair(left: left, right: right)
      counts[pair, default: 0] -= times
      if counts[pair, default: 0] <= 0 { counts[pair] = nil }
      places[pair]?.remove(word)
    }
  }
}
