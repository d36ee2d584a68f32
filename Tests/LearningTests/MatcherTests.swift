import Learning
import Testing

@Suite struct `The matcher` {
  /// Against every assignment there is.
  @Test(arguments: [(1, 1), (3, 2), (2, 3), (5, 4), (4, 5), (6, 6)])
  func `finds the least total cost`(queries: Int, targets: Int) {
    var random = Seeded(state: UInt64(queries * 31 + targets))
    for _ in 0..<40 {
      let cost = (0..<queries).map { _ in (0..<targets).map { _ in random.number() } }
      let answer = Matcher.assign(cost)
      #expect(answer.count == targets)
      let used = answer.compactMap { $0 }
      #expect(used.count == min(queries, targets) && Set(used).count == used.count)
      let total = answer.enumerated().reduce(0.0) { sum, pair in
        sum + (pair.element.map { cost[$0][pair.offset] } ?? 0)
      }
      #expect(abs(total - least(cost, target: 0, targets, used: [])) < 1e-9)
    }
  }

  @Test func `has nothing to say without targets or queries`() {
    #expect(Matcher.assign([[], []]).isEmpty)
    #expect(Matcher.assign([]).isEmpty)
  }

  /// The least cost of the remaining targets, some of which may stay alone where queries are too few.
  private func least(_ cost: [[Double]], target: Int, _ targets: Int, used: Set<Int>) -> Double {
    if target == targets { return used.count == min(cost.count, targets) ? 0 : .infinity }
    var best =
      targets > cost.count
      ? least(cost, target: target + 1, targets, used: used) : Double.infinity
    for query in cost.indices where !used.contains(query) {
      best = min(
        best,
        cost[query][target]
          + least(cost, target: target + 1, targets, used: used.union([query])))
    }
    return best
  }

  private struct Seeded {
    var state: UInt64

    mutating func number() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40) / Double(1 << 22) - 2
    }
  }
}
