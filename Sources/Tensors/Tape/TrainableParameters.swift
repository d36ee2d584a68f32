internal import Glibc

/// The parameters of a network that learns, one after the other, and a gradient for each number.
///
/// Belongs to the thread that trains: a step of the optimizer writes to what the network reads.
public final class TrainableParameters {
  /// Shape of each parameter.
  public let shapes: [[Int]]
  /// How many numbers there are.
  public let count: Int
  private let starts: [Int]
  /// False for parameters that stay as they are.
  private let learns: [Bool]
  let values: UnsafeMutablePointer<Float>
  let gradients: UnsafeMutablePointer<Float>
  /// The optimizer's running means of gradients and of their squares.
  let means: UnsafeMutablePointer<Float>
  let squares: UnsafeMutablePointer<Float>

  /// All numbers are 0.
  ///
  /// - learns: for each shape, whether the optimizer may change it.
  public init(shapes: [[Int]], learns: [Bool]) {
    precondition(shapes.count == learns.count, "\(learns.count) flags for \(shapes.count) shapes")
    self.shapes = shapes
    self.learns = learns
    var starts: [Int] = []
    var end = 0
    for shape in shapes {
      starts.append(end)
      end += (shape.reduce(1, *) + 15) / 16 * 16  // each begins at a multiple of 64 bytes
    }
    self.starts = starts
    count = end
    values = Self.zeros(end)
    gradients = Self.zeros(end)
    means = Self.zeros(end)
    squares = Self.zeros(end)
  }

  deinit { for block in [values, gradients, means, squares] { free(block) } }

  private static func zeros(_ count: Int) -> UnsafeMutablePointer<Float> {
    let bytes = max(64, count * MemoryLayout<Float>.stride)
    guard let raw = aligned_alloc(64, (bytes + 63) / 64 * 64) else {
      preconditionFailure("no memory for \(count) parameters")
    }
    memset(raw, 0, bytes)
    return raw.bindMemory(to: Float.self, capacity: max(16, count))
  }

  private func size(_ index: Int) -> Int { shapes[index].reduce(1, *) }

  /// A parameter, as layers take it; it sees every later change.
  public func parameter(_ index: Int) -> Parameter {
    Parameter(shape: shapes[index], owner: self, pointer: UnsafePointer(values + starts[index]))
  }

  /// Numbers of one parameter, or of what belongs to it.
  public subscript(index: Int, part: Part) -> [Float] {
    get {
      [Float](UnsafeBufferPointer(start: block(part) + starts[index], count: size(index)))
    }
    set {
      precondition(newValue.count == size(index), "\(newValue.count) numbers for \(shapes[index])")
      newValue.withUnsafeBufferPointer { source in
        guard let base = source.baseAddress else { return }
        (block(part) + starts[index]).update(from: base, count: source.count)
      }
    }
  }

  /// What there is of every parameter.
  public enum Part: CaseIterable, Sendable { case value, gradient, mean, square }

  private func block(_ part: Part) -> UnsafeMutablePointer<Float> {
    switch part {
    case .value: values
    case .gradient: gradients
    case .mean: means
    case .square: squares
    }
  }

  /// All gradients become 0.
  public func clearGradients() { memset(gradients, 0, count * MemoryLayout<Float>.stride) }

  /// √(Σ g²) over everything that learns; not finite when a gradient is not.
  public func gradientNorm() -> Double {
    var sum = 0.0
    for index in shapes.indices where learns[index] {
      let row = gradients + starts[index]
      for place in 0..<size(index) { sum += Double(row[place]) * Double(row[place]) }
    }
    return sum.squareRoot()
  }

  /// Where the gradient of a parameter is added to; nil for one that does not learn, or is not from here.
  static func gradient(of parameter: Parameter) -> UnsafeMutablePointer<Float>? {
    guard let own = parameter.owner as? TrainableParameters, let pointer = parameter.pointer else {
      return nil
    }
    let place = pointer - UnsafePointer(own.values)
    let index = own.starts.partitioningIndex { $0 > place } - 1
    return own.learns[index] ? own.gradients + place : nil
  }

  /// Where the numbers of a parameter may be written: running statistics; nil for one that is not from here.
  static func values(of parameter: Parameter) -> UnsafeMutablePointer<Float>? {
    guard let own = parameter.owner as? TrainableParameters, let pointer = parameter.pointer else {
      return nil
    }
    return own.values + (pointer - UnsafePointer(own.values))
  }
}

extension Array {
  /// The first index whose element is such, in an array where all such elements come last.
  fileprivate func partitioningIndex(_ isSuch: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isSuch(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

extension TrainableParameters {
  /// One step of AdamW (Loshchilov and Hutter, 2019, algorithm 2).
  public struct Step: Sendable {
    /// How far a number moves at most.
    public var rate: Float
    /// The share of `rate` by which weights shrink.
    public var decay: Float
    /// What gradients are multiplied by first, to bound their norm.
    public var scale: Float
    /// 1 for the first step.
    public var number: Int
    /// β₁
    public var momentum: Float = 0.9
    /// β₂
    public var squareMomentum: Float = 0.999
    /// ε
    public var epsilon: Float = 1e-8

    /// With the paper's β and ε.
    public init(rate: Float, decay: Float, scale: Float, number: Int) {
      self.rate = rate
      self.decay = decay
      self.scale = scale
      self.number = number
    }
  }

  /// m ← β₁m + (1 − β₁)g    v ← β₂v + (1 − β₂)g²    x ← x − rate · (m̂ / (√v̂ + ε) + decay · x)
  ///
  /// Vectors (biases, norms) do not decay.
  public func advance(_ step: Step) {
    let (b1, b2) = (step.momentum, step.squareMomentum)
    let correction1 = 1 - powf(b1, Float(step.number))
    let correction2 = (1 - powf(b2, Float(step.number))).squareRoot()
    for index in shapes.indices where learns[index] {
      let start = starts[index]
      let (x, g, m, v) = (values + start, gradients + start, means + start, squares + start)
      let kept = 1 - step.rate * (shapes[index].count > 1 ? step.decay : 0)
      let (size, scale, epsilon) = (size(index), step.scale, step.epsilon)
      let pace = step.rate / correction1
      for place in 0..<size {
        let gradient = g[place] * scale
        m[place] = b1 * m[place] + (1 - b1) * gradient
        v[place] = b2 * v[place] + (1 - b2) * gradient * gradient
        let root = v[place].squareRoot() / correction2 + epsilon
        x[place] = x[place] * kept - pace * m[place] / root
      }
    }
  }
}
