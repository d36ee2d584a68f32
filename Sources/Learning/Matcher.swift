/// Which query answers for which target: the assignment of least total cost (Kuhn, 1955; SPEC §1.10).
public enum Matcher {
  /// Shortest augmenting paths with potentials (Jonker and Volgenant, 1987): O(min² · max).
  ///
  /// - cost: [queries][targets], finite.
  /// - Returns: the query of every target; nil for targets that are left over when there are fewer queries.
  public static func assign(_ cost: [[Double]]) -> [Int?] {
    guard let targets = cost.first?.count, targets > 0 else { return [] }
    let queries = cost.count
    precondition(
      cost.allSatisfy { $0.count == targets && $0.allSatisfy(\.isFinite) },
      "a cost that is missing or no number")
    if targets <= queries {
      return solve(rows: targets, columns: queries) { target, query in cost[query][target] }
    }
    var answer = [Int?](repeating: nil, count: targets)
    let byQuery = solve(rows: queries, columns: targets) { query, target in cost[query][target] }
    for (query, target) in byQuery.enumerated() {
      if let target { answer[target] = query }
    }
    return answer
  }

  /// - Returns: a column for each row, where there are at least as many columns.
  private static func solve(
    rows: Int, columns: Int, _ cost: (_ row: Int, _ column: Int) -> Double
  ) -> [Int?] {
    var assignment = PricedAssignment(rows: rows, columns: columns)
    for row in 0..<rows { assignment.admit(row, cost) }
    var answer = [Int?](repeating: nil, count: rows)
    for (column, row) in assignment.owner.enumerated() {
      if let row { answer[row] = column }
    }
    return answer
  }
}

/// Rows that have columns, and prices that prove that nothing is cheaper.
private struct PricedAssignment {
  /// The row of each column.
  private(set) var owner: [Int?]
  private var rowPrice: [Double]
  private var columnPrice: [Double]

  init(rows: Int, columns: Int) {
    owner = [Int?](repeating: nil, count: columns)
    rowPrice = [Double](repeating: 0, count: rows)
    columnPrice = [Double](repeating: 0, count: columns)
  }

  /// Gives a new row a column, for which others may move: along the cheapest path to a free one.
  mutating func admit(_ newRow: Int, _ cost: (_ row: Int, _ column: Int) -> Double) {
    var distance = [Double](repeating: .infinity, count: owner.count)
    var before = [Int?](repeating: nil, count: owner.count)
    var isDone = [Bool](repeating: false, count: owner.count)
    var (row, last): (Int, Int?) = (newRow, nil)
    while true {
      var (step, next) = (Double.infinity, 0)
      for column in owner.indices where !isDone[column] {
        let reduced = cost(row, column) - rowPrice[row] - columnPrice[column]
        if reduced < distance[column] { (distance[column], before[column]) = (reduced, last) }
        if distance[column] < step { (step, next) = (distance[column], column) }
      }
      rowPrice[newRow] += step
      for column in owner.indices {
        if isDone[column] {
          if let owned = owner[column] { rowPrice[owned] += step }
          columnPrice[column] -= step
        } else {
          distance[column] -= step
        }
      }
      isDone[next] = true
      last = next
      guard let owned = owner[next] else { break }
      row = owned
    }
    while let column = last {
      last = before[column]
      owner[column] = last.flatMap { owner[$0] } ?? newRow
    }
  }
}
