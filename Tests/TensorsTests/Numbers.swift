import Testing

@testable import Tensors

/// Seeded numbers from −1 to 1, different for every size and seed.
func numbers(_ count: Int, seed: UInt64 = 1) -> [Float] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(count)
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) / Float(1 << 23) - 1
  }
}

/// Expects equal sizes and values; names the largest difference and its place.
func expectClose(
  _ values: [Float], _ expected: [Float], within tolerance: Float = 1e-5,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard values.count == expected.count else {
    Issue.record("\(values.count) values, not \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  var (worst, place): (Float, Int) = (0, 0)
  for index in values.indices {
    let difference = abs(values[index] - expected[index])
    if !(difference <= worst) {
      (worst, place) = (difference.isNaN ? .infinity : difference, index)
    }
  }
  if worst > tolerance {
    Issue.record(
      """
      largest difference \(worst) at index \(place), \(values[place]) instead of \
      \(expected[place]); \(tolerance) is allowed
      """, sourceLocation: sourceLocation)
  }
}

/// x · wᵀ + b by its definition.
func product(_ x: [Float], _ w: [Float], _ b: [Float], inputs: Int) -> [Float] {
  var y: [Float] = []
  for row in 0..<x.count / inputs {
    for output in b.indices {
      var sum = Double(b[output])
      for input in 0..<inputs {
        sum += Double(x[row * inputs + input]) * Double(w[output * inputs + input])
      }
      y.append(Float(sum))
    }
  }
  return y
}
