/// Which query answers for which target: the assignment of least total cost (Kuhn, 1955; SPEC §1.10).
public enum Matcher {
  /// Shortest augmenting paths with potentials (Jonker and Volgenant, 1987): O(min² · max).
  ///
  /// - cost: [queries][targets], finite.
  /// - Returns: the query of every target; nil for targets that are left over when there are fewer queries.
  public static func assign(_ cost: [[Double]]) -> [Int?] {
    guard let targets = cost.first?.count, targets > 0 else { return [] }
    let queries = cost.count
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
    var rowPrice = [Double](repeating: 0, count: rows)
    var columnPrice = [Double](repeating: 0, count: columns)
    var owner = [Int?](repeating: nil, count: columns)
    for newRow in 0..<rows {
      var distance = [Double](repeating: .infinity, count: columns)
      var before = [Int?](repeating: nil, count: columns)
      var isDone = [Bool](repeating: false, count: columns)
      var (row, last): (Int, Int?) = (newRow, nil)
      while true {
        var (step, next) = (Double.infinity, 0)
        for column in 0..<columns where !isDone[column] {
          let reduced = cost(row, column) - rowPrice[row] - columnPrice[column]
          if reduced < distance[column] { (distance[column], before[column]) = (reduced, last) }
          if distance[column] < step { (step, next) = (distance[column], column) }
        }
        rowPrice[newRow] += step
        for column in 0..<columns {
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
    var answer = [Int?](repeating: nil, count: rows)
    for (column, row) in owner.enumerated() {
      if let row { answer[row] = column }
    }
    return answer
  }
}
