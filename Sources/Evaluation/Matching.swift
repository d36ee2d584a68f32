/// Number of pairs in a greedy one-to-one matching (SPEC §4, P@F1; gRefCOCO refexp.py:99–109).
///
/// The most similar pair of what is left is taken, again and again, until none reaches `threshold`.
/// Of equal pairs the one with the lower indices goes first.
func greedyMatches(
  _ predictions: [Rectangle], _ truth: [Rectangle], threshold: Double = 0.5,
  by similarity: (Rectangle, Rectangle) -> Double
) -> Int {
  var pairs: [(similarity: Double, prediction: Int, truth: Int)] = []
  for (row, prediction) in predictions.enumerated() {
    for (column, box) in truth.enumerated() {
      let value = similarity(prediction, box)
      if value >= threshold { pairs.append((value, row, column)) }
    }
  }
  pairs.sort { ($1.similarity, $0.prediction, $0.truth) < ($0.similarity, $1.prediction, $1.truth) }
  var isMatched = [Bool](repeating: false, count: predictions.count)
  var isTaken = [Bool](repeating: false, count: truth.count)
  var matches = 0
  for pair in pairs where !isMatched[pair.prediction] && !isTaken[pair.truth] {
    isMatched[pair.prediction] = true
    isTaken[pair.truth] = true
    matches += 1
  }
  return matches
}

/// The most pairs that a one-to-one matching can have (Kuhn, 1955, by augmenting paths).
func mostMatches(
  _ predictions: [Rectangle], _ truth: [Rectangle], where fits: (Rectangle, Rectangle) -> Bool
) -> Int {
  let partners = predictions.map { prediction in
    truth.indices.filter { fits(prediction, truth[$0]) }
  }
  var owner = [Int?](repeating: nil, count: truth.count)
  func finds(_ prediction: Int, _ isSeen: inout [Bool]) -> Bool {
    for box in partners[prediction] where !isSeen[box] {
      isSeen[box] = true
      guard owner[box].map({ finds($0, &isSeen) }) ?? true else { continue }
      owner[box] = prediction
      return true
    }
    return false
  }
  return partners.indices.count { prediction in
    var isSeen = [Bool](repeating: false, count: truth.count)
    return finds(prediction, &isSeen)
  }
}
