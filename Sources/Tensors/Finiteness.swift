internal import COpenBLAS

/// Rectifiers and maxima of oneDNN make 0 of what is no number, and norms make 0 of what is too large, so
/// that arithmetic that failed ends in plausible numbers. It has to be noticed where it begins.
enum Finiteness {
  /// Numbers that are added up before anybody looks at the sum; few enough for OpenBLAS to stay on this thread.
  private static let stretch = 4096

  /// False when a number is infinite or none, or when 4,096 neighbours' sizes add up to `bound` or more.
  static func holds(
    _ numbers: UnsafePointer<Float>, _ count: Int, below bound: Float = .infinity
  ) -> Bool {
    for start in Swift.stride(from: 0, to: count, by: stretch) {
      let sum = cblas_sasum(Int32(min(stretch, count - start)), numbers + start, 1)
      guard sum < bound else { return false }
    }
    return true
  }

  /// Squares of a row of activations below this can be added up.
  static let activationMax: Float = 1e17
}

extension Parameter {
  /// False when a number is infinite or none, or all are absurdly large (10³⁴ and more).
  public var isFinite: Bool {
    guard let pointer else { return true }
    return Finiteness.holds(pointer, count)
  }
}

extension CPU {
  public func isSound(_ map: FeatureMap) throws(TensorError) -> Bool {
    areSound(map.memory.pointer, floats(in: try map.plan.order))
  }

  public func isSound(_ x: Tensor) throws(TensorError) -> Bool {
    precondition(x.isContiguous, "columns of a tensor")
    return areSound(x.pointer, x.rows * x.columns)
  }

  private func areSound(_ numbers: UnsafePointer<Float>, _ count: Int) -> Bool {
    var answers = [Bool](repeating: true, count: threads)
    answers.withUnsafeMutableBufferPointer { answers in
      let part = (count + threads - 1) / threads
      parallel(threads) { [answers] index in
        let start = min(count, index * part)
        answers[index] = Finiteness.holds(
          numbers + start, min(part, count - start), below: Finiteness.activationMax)
      }
    }
    return answers.allSatisfy { $0 }
  }
}
