public import CUDA
public import Tensors

/// What a card reaches at best on plain work: no network that does the same operations, or moves the same bytes, can
/// be faster.
public struct DeviceFloors: Hashable, Sendable {
  /// Of a large product.
  public let operationsPerSecond: Double
  /// Read and written by a kernel that adds two vectors.
  public let bytesPerSecond: Double

  /// - side: of the matrices that are multiplied.
  /// - numbers: of the vectors that are added.
  /// - repetitions: runs of each, after one that does not count; the median counts.
  public init(
    _ device: CUDADevice, _ kernels: KernelCompiler, factors: FactorKind, side: Int = 4096,
    numbers: Int = 1 << 26, repetitions: Int = 9
  ) throws(ModelError) {
    (operationsPerSecond, bytesPerSecond) = try translating {
      let target = KernelCompiler.Target(
        architecture: device.architecture, factors: factors, headSizes: [32])
      let image = try kernels.image(for: target)
      func rate(
        _ tokens: Int, _ each: Double, _ body: (PlanRecorder) throws -> Void
      ) throws -> Double {
        let network = try DeviceNetwork(
          device, image: image, factors: factors, kept: kernels.kept)
        let recorder = PlanRecorder(factors: factors)
        let size = PlanSize(images: 1, sentences: 1, tokens: tokens)
        try Self.record(body, recorder, size, in: network)
        let seconds = try Self.median(of: repetitions, size, in: network)
        return each * Double(Self.times) / seconds
      }
      let weight = Parameter(
        (0..<side * side).map { Float($0 % 251) / 251 - 0.5 }, shape: [side, side])
      let products = try rate(1, 2 * Double(side) * Double(side) * Double(side)) { recorder in
        let layer = try recorder.linear(
          weight, bias: nil, activation: .none, feedsProducts: true)
        let x = try recorder.factors(of: recorder.tensor(rows: side, columns: side))
        for _ in 0..<Self.times { _ = try layer(x) }
      }
      let sums = try rate(2, 12 * Double(numbers)) { recorder in
        let x = try recorder.tensor(rows: numbers / 64, columns: 64)
        for _ in 0..<Self.times { _ = try recorder.sum(x, x) }
      }
      return (products, sums * 2 / 3)  // both of its vectors are the same one
    }
  }

  /// How often a run does the same, so that its start does not count.
  private static let times = 10

  private static func record(
    _ body: (PlanRecorder) throws -> Void, _ recorder: PlanRecorder, _ size: PlanSize,
    in network: DeviceNetwork
  ) throws {
    try recorder.begin(size)
    try body(recorder)
    let answer = try recorder.tensor(rows: 1, columns: 4)
    try recorder.clear(answer)
    try network.load(recorder.finish([(.boxes, answer)]), weights: recorder.weights)
  }

  private static func median(
    of repetitions: Int, _ size: PlanSize, in network: DeviceNetwork
  ) throws -> Double {
    let input = PlanInput(pixels: [], sentences: [], images: [])
    func run() throws {
      try network.submit(input, size: size, lane: 0)
      _ = try network.collect(lane: 0)
    }
    try run()
    let clock = ContinuousClock()
    let times = try (0..<max(1, repetitions)).map { _ in try clock.measure(run) / .seconds(1) }
    return times.sorted()[times.count / 2]
  }
}
