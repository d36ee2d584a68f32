internal import Seeds
internal import Tensors

/// What this machine's arithmetic reaches on work of a size that suits it best: the yardstick of a benchmark.
///
/// Operations a second, two for each multiplication and addition.
struct MachinePeak {
  /// Of a product of matrices of 2048 × 2048.
  let products: Double
  /// Of 3×3 convolutions of 512 channels where those are in 8 bits, else that of products.
  let convolutions: Double

  private static let side = 2048
  private static let attempts = 7

  init(of cpu: CPU) throws(TensorError) {
    products = try Self.products(cpu)
    convolutions = cpu.precision == .int8 ? try Self.convolutions(cpu) : products
  }

  private static func products(_ cpu: CPU) throws(TensorError) -> Double {
    let values = numbers(side * side)
    let linear = try cpu.linear(
      Parameter(values, shape: [side, side]), bias: nil, activation: .none, feedsProducts: true)
    let x = try cpu.factors(of: cpu.tensor(values, columns: side))
    return try best(operations: 2 * Double(side * side * side)) { () throws(TensorError) in
      _ = try linear(x)
    }
  }

  private static func convolutions(_ cpu: CPU) throws(TensorError) -> Double {
    let (channels, cells) = (512, 64)
    let pool = try cpu.maxPool(
      range: 1, after: cpu.featurePlan(channels: channels, height: 2 * cells, width: 2 * cells))
    let x = try pool(
      cpu.featureMap(
        numbers(channels * 4 * cells * cells), channels: channels, height: 2 * cells,
        width: 2 * cells), adding: nil)
    let shape = ConvolutionShape(
      inputs: channels, outputs: channels, kernel: 3, stride: 1, padding: 1)
    let convolution = try cpu.convolution(
      Parameter(numbers(channels * channels * 9), shape: [channels, channels, 3, 3]),
      scale: [Float](repeating: 1, count: channels),
      shift: [Float](repeating: 0, count: channels), shape: shape, relu: true, adding: nil,
      range: 1_000, after: x.plan)
    let operations = 2 * 9 * Double(channels * channels * cells * cells)
    return try best(operations: operations) { () throws(TensorError) in
      _ = try convolution(x, adding: nil)
    }
  }

  private static func numbers(_ count: Int) -> [Float] {
    var random = SeededNumbers(seed: 11)
    return (0..<count).map { _ in random.uniform(0, 1) }
  }

  /// At the fastest of some attempts.
  private static func best(
    operations: Double, _ body: () throws(TensorError) -> Void
  ) throws(TensorError) -> Double {
    var least = Duration.seconds(3_600)
    for _ in 0..<attempts {
      let begin = ContinuousClock.now
      try body()
      least = min(least, .now - begin)
    }
    return operations / (least / .seconds(1))
  }
}
