internal import COneDNN
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

  /// The same of bfloat16, which is the upper half of a float: more than `activationMax` is unsound.
  static func holds(halves: UnsafePointer<UInt16>, _ count: Int) -> Bool {
    let bound = UInt16(activationMax.bitPattern >> 16)
    var most: UInt16 = 0
    for index in 0..<count { most = max(most, halves[index] & 0x7fff) }
    return most <= bound
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
    let order = try map.plan.order
    if map.plan.isRounded { return true }
    guard order.data_type == dnnl_bf16 else {
      return areSound(map.memory.pointer, floats(in: order))
    }
    let count = bytes(in: order) / MemoryLayout<UInt16>.stride
    return UnsafeRawPointer(map.memory.pointer).withMemoryRebound(
      to: UInt16.self, capacity: count
    ) { numbers in
      allStretches(of: count) { Finiteness.holds(halves: numbers + $0, $1) }
    }
  }

  public func isSound(_ x: Tensor) throws(TensorError) -> Bool {
    precondition(x.isContiguous, "columns of a tensor")
    return areSound(x.pointer, x.rows * x.columns)
  }

  private func areSound(_ numbers: UnsafePointer<Float>, _ count: Int) -> Bool {
    allStretches(of: count) {
      Finiteness.holds(numbers + $0, $1, below: Finiteness.activationMax)
    }
  }

  /// True when it is true of a stretch for each thread, of which it gets start and length.
  private func allStretches(of count: Int, _ holds: (Int, Int) -> Bool) -> Bool {
    var answers = [Bool](repeating: true, count: threads)
    answers.withUnsafeMutableBufferPointer { answers in
      let part = (count + threads - 1) / threads
      parallel(threads) { [answers] index in
        let start = min(count, index * part)
        answers[index] = holds(start, min(part, count - start))
      }
    }
    return answers.allSatisfy { $0 }
  }
}
