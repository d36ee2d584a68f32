import Testing

/// Expects equal sizes and values no farther apart than `tolerance`; names the largest difference and its place.
func expectClose(
  _ values: [Float], _ expected: [Float], within tolerance: Float, _ subject: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard values.count == expected.count else {
    Issue.record(
      "\(subject): \(values.count) values, not \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  let (worst, place) = largestDifference(values, expected)
  if !(worst <= tolerance) {
    Issue.record(
      """
      \(subject): largest difference \(worst) at index \(place), \
      \(values[place]) instead of \(expected[place]); \(tolerance) is allowed
      """, sourceLocation: sourceLocation)
  }
}

/// A value that is not a number counts as infinitely far away.
func largestDifference(_ a: [Float], _ b: [Float]) -> (worst: Float, index: Int) {
  var (worst, place): (Float, Int) = (0, 0)
  for index in a.indices {
    let difference = abs(a[index] - b[index])
    if difference.isNaN { return (.infinity, index) }
    if difference > worst { (worst, place) = (difference, index) }
  }
  return (worst, place)
}
